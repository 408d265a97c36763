--[[ Ties what a line must not part: "p = 0.046", and "95% CI" with the bounds behind it. ]]

local SIGNS = { ["="] = true, ["<"] = true, [">"] = true }

local function belong(left, right)
  if left:match("^%(?p$") then return SIGNS[right] end
  if SIGNS[left] then return right:match("^%d") end
  if left == "CI" then return right:match("^[%d−]") end
  return left:match("%d%%$") and right:match("^CI%f[%W]")
end

local function tied(inlines)
  for place = 2, #inlines - 1 do
    local left, gap, right = inlines[place - 1], inlines[place], inlines[place + 1]
    local parts = left.t == "Str" and right.t == "Str" and (gap.t == "Space" or gap.t == "SoftBreak")
    if parts and belong(left.text, right.text) then inlines[place] = pandoc.Str("\u{a0}") end
  end
  return inlines
end

return { Inlines = tied }
