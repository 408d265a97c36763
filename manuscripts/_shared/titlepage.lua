--[[ Quarto writes authors, abstract and keywords of the title page; this adds what it does not
know: the key points of the front matter, and the counts that `manuscript render` hands over.
Under `quarto render` alone nothing has counted, and the line of counts is absent. ]]

local function as_blocks(value)
  if pandoc.utils.type(value) == "Blocks" then return value end
  return pandoc.Blocks({ pandoc.Plain(value) })
end

-- Quarto may have turned the callout into a node of its own by then.
local function is_notice(block)
  if block == nil or block.t ~= "Div" then return false end
  return block.classes:includes("notice") or block.attributes["__quarto_custom_type"] == "Callout"
end

function Pandoc(doc)
  local page = pandoc.Blocks({})
  if doc.meta["key-points"] then
    local points = pandoc.List({})
    for _, point in ipairs(doc.meta["key-points"]) do points:insert(as_blocks(point)) end
    page:insert(pandoc.Para({ pandoc.Strong({ pandoc.Str("Key points") }) }))
    page:insert(pandoc.BulletList(points))
  end
  local counts = doc.meta.counts
  if counts and counts.line then
    page:insert(pandoc.Para({ pandoc.Str(pandoc.utils.stringify(counts.line)) }))
  end
  local at = is_notice(doc.blocks[1]) and 2 or 1
  for index, block in ipairs(page) do doc.blocks:insert(at + index - 1, block) end
  return doc
end
