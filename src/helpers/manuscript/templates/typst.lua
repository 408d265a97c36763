-- The form of typst: calls of the functions of `article.typ`, with tables by `typsttable.lua`.

local native = require("native")
local written = require("typsttable")

local typst = {}

local SHORT_TABLE = 28 -- rows of a table that is kept on one page
local NARROW = 8.8 -- centimetres: two neighbouring figures that are no wider share the measure

local side_by_side -- while a pair of figures is written
local after_long -- the last float was a table of several pages, and no other may stand above its rest
local unnumbered -- below a first heading without number: declarations, references, supplement

local function raw(text) return pandoc.RawBlock("typst", text) end
local function raw_inline(text) return pandoc.RawInline("typst", text) end
local function quoted(text) return '"' .. text:gsub("\\", "\\\\"):gsub('"', '\\"') .. '"' end

function typst.start() side_by_side, after_long, unnumbered = false, false, false end

function typst.header(header)
  if unnumbered or header.level > 1 or not header.classes:includes("unnumbered") then return nil end
  unnumbered = true
  return pandoc.Blocks({ raw("#place.flush()"), header }), false
end

-- pictures and equations --------------------------------------------------------------------------

function typst.picture(image, in_panel)
  local arguments = { quoted(image.src), "alt: " .. quoted(native.alternative(image)) }
  local width = image.attributes.width
  if in_panel or side_by_side then
    arguments[#arguments + 1] = "width: 100%"
  elseif width then
    arguments[#arguments + 1] = "width: " .. width:gsub("^([%d.]+)cm$", "fit(%1cm)")
  end
  return raw_inline("#image(" .. table.concat(arguments, ", ") .. ")")
end

-- PDF/UA asks for the words of an equation: its TeX source, as MathJax and journals give it.
local function described(math)
  local words = math.text:gsub("%s+", " "):gsub("^ ", ""):gsub(" $", "")
  words = words:gsub("%s*\\qquad(%(%d+%))$", ", equation %1")
  return pandoc.Inlines({ raw_inline("#[#set math.equation(alt: " .. quoted(words) .. "); "), math, raw_inline("]") })
end

local function equation(span)
  if not span.identifier:match("^eq%-") then return nil end
  local out = pandoc.Inlines({ raw_inline("#[") })
  out:extend(span.content)
  out:insert(raw_inline("] <" .. span.identifier .. ">"))
  return out
end

local inlines = { Math = described, Span = equation, Image = function(image) return typst.picture(image) end }

-- tables ------------------------------------------------------------------------------------------

-- The notes of a table: the content of its foot, which typst would repeat on every page.
local function take_notes(grid)
  local notes = pandoc.Blocks({})
  for _, row in ipairs(grid.foot.rows) do
    for _, cell in ipairs(row.cells) do
      notes:extend(cell.contents:map(function(block)
        return block.t == "Plain" and pandoc.Para(block.content) or block
      end))
    end
  end
  grid.foot = pandoc.TableFoot({})
  return notes
end

local function row_count(grid)
  local rows = #grid.head.rows
  for _, body in ipairs(grid.bodies) do rows = rows + #body.body end
  return rows
end

function typst.table_blocks(grid, _, text)
  local notes = take_notes(grid)
  local blocks = pandoc.Blocks({ raw(text or written(grid:walk(inlines))) })
  if #notes > 0 then
    blocks:insert(raw("#table-notes["))
    blocks:extend(notes)
    blocks:insert(raw("]"))
  end
  return blocks, row_count(grid)
end

-- floats ------------------------------------------------------------------------------------------

local function called(call, blocks, caption)
  local out = pandoc.Blocks({ raw(call) })
  out:extend(blocks)
  out:insert(raw("], ["))
  out:insert(pandoc.Plain(caption))
  out:insert(raw("])"))
  return out
end

function typst.table_float(id, blocks, caption, rows)
  local short, low = rows <= SHORT_TABLE, after_long
  after_long = not short
  local call = "#table-float(%s, short: %s, floating: %s, low: %s, ["
  return called(call:format(quoted(id), short, not unnumbered, low), blocks, caption)
end

function typst.figure(id, blocks, caption)
  local call = side_by_side and "#side-figure(%s, [" or "#figure-float(%s, low: %s, ["
  local low = after_long
  after_long = false
  return called(call:format(quoted(id), low), blocks, caption)
end

function typst.panel(id, parts, caption, columns)
  local blocks = pandoc.Blocks({ raw("#panel(columns: " .. columns .. ", ") })
  for _, part in ipairs(parts) do
    blocks:insert(raw("[#subfloat(" .. quoted(part.id) .. ", ["))
    blocks:extend(part.blocks)
    blocks:insert(raw("], ["))
    blocks:insert(pandoc.Plain(part.caption))
    blocks:insert(raw("])],"))
  end
  blocks:insert(raw(")"))
  return typst.figure(id, blocks, caption)
end

-- The figure of a div, where it is one picture that may stand beside another.
local function narrow_figure(block)
  if block.t ~= "Div" or block.classes[2] ~= "figure" then return false end
  local content = block.content
  local image = #content == 2 and content[1].content[1]
  local width = image and (image.attributes.width or ""):match("^([%d.]+)cm$")
  return width and tonumber(width) <= NARROW
end

-- Puts two neighbouring narrow figures into one div.
function typst.paired(blocks)
  local paired, index = pandoc.Blocks({}), 1
  while index <= #blocks do
    local block, after = blocks[index], blocks[index + 1]
    if after and narrow_figure(block) and narrow_figure(after) then
      paired:insert(pandoc.Div({ block, after }, { class = "figure-pair" }))
      index = index + 1
    else
      paired:insert(block)
    end
    index = index + 1
  end
  return paired
end

function typst.figure_pair(element, float)
  local blocks = pandoc.Blocks({})
  side_by_side = true
  for _, part in ipairs(element.content) do
    blocks:insert(raw(#blocks == 0 and "#figure-pair([" or "], ["))
    blocks:extend(float(part))
  end
  side_by_side = false
  blocks:insert(raw("])"))
  return blocks
end

-- boxes -------------------------------------------------------------------------------------------

local function box(call, content)
  local blocks = pandoc.Blocks({ raw(call) })
  blocks:extend(content)
  blocks:insert(raw("]"))
  return blocks
end

function typst.callout(kind, words, content)
  local blocks = pandoc.Blocks({ raw("#callout(kind: " .. quoted(kind) .. ", title: ["), pandoc.Plain(words) })
  blocks:extend(box("])[", content))
  return blocks
end

function typst.colophon(div) return box("#colophon[", div.content) end

function typst.page_break() return raw("#pagebreak(weak: true)") end

function typst.finish(doc)
  doc.blocks = doc.blocks:walk(inlines)
  for _, part in ipairs({ "abstract", "notice" }) do
    if doc.meta[part] then doc.meta[part] = pandoc.MetaBlocks(doc.meta[part]:walk(inlines)) end
  end
  return doc
end

return typst
