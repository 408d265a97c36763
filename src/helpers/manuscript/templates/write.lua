--[[ Gives a numbered document (`number.lua`) the form of one format: pictures, tables, floats, boxes
and the title page are written by `html.lua`, `docx.lua`, `typst.lua` or `jats.lua`. ]]

local writer, structure, typst_tables

-- The written pictures and tables of a float, and the rows of its tables where the format counts them.
local function exhibits(content, id, in_panel)
  local blocks, rows = pandoc.Blocks({}), 0
  for _, block in ipairs(content) do
    if block.t == "Table" then
      local number = tonumber(block.attributes["read"])
      block.attributes["read"] = nil
      local written, counted = writer.table_blocks(block, id, number and typst_tables[number])
      blocks:extend(written)
      rows = rows + (counted or 0)
    else
      blocks:insert(pandoc.Plain({ writer.picture(block.content[1], in_panel) }))
    end
  end
  return blocks, rows
end

local function part_of(div)
  local content = div.content
  local caption = content:remove(#content).content
  return { id = div.identifier, blocks = exhibits(content, div.identifier, true), caption = caption }
end

local function float(div)
  local id, kind, content = div.identifier, div.classes[2], div.content
  local caption = content:remove(kind == "table" and 1 or #content).content
  if kind == "panel" then
    return writer.panel(id, content:map(part_of), caption, tonumber(div.attributes["layout-ncol"]) or 1)
  end
  local blocks, rows = exhibits(content, id, false)
  if kind == "table" then return writer.table_float(id, blocks, caption, rows) end
  return writer.figure(id, blocks, caption)
end

local function callout(div, write)
  local content = div.content
  local words = content:remove(1).content
  return write(div.attributes.kind, words, content:walk(structure))
end

local function div(element)
  local class = element.classes[1]
  if class == "float" then return float(element), false end
  if class == "callout" then return callout(element, writer.callout), false end
  if class == "colophon" then return writer.colophon(element), false end
  if class == "pagebreak" then return writer.page_break(), false end
  if class == "figure-pair" then return writer.figure_pair(element, float), false end
  return element, false
end

structure = {
  traverse = "topdown",
  Div = div,
  Header = function(header) return writer.header and writer.header(header) end,
  Table = function(grid) return writer.table_blocks(grid, "table"), false end,
}

-- Writes a document for "html", "docx", "typst" or "jats"; `tables` are those written for typst.
return function(doc, format, tables)
  writer, typst_tables = require(format), tables
  if writer.start then writer.start() end
  local blocks = writer.paired and writer.paired(doc.blocks) or doc.blocks
  local notice = doc.meta.notice
  doc.blocks = blocks:walk(structure)
  if notice then doc.meta.notice = pandoc.MetaBlocks(callout(notice[1], writer.notice or writer.callout)) end
  return writer.finish and writer.finish(doc) or doc
end
