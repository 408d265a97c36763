--[[ Numbers headings, floats and equations once, as text, and resolves cross-references, so that no
two formats can disagree. Floats and callouts become divs that `write.lua` knows:

  .float .table   caption, tables          .float .panel   parts, caption; layout-ncol
  .float .figure  pictures, caption        .float .part    pictures, caption
  .callout        title, content; kind

The notice goes into the metadata. What is outside the subset stops the run. ]]

local stringify = pandoc.utils.stringify
local NBSP = "\u{a0}"
local CALLOUTS = { note = "Note", tip = "Tip", important = "Important", caution = "Caution", warning = "Warning" }

local kinds, counts, targets, sections, tables
local number_sections, delimiter, notice

local structure

local function refuse(message) error("refused: " .. message, 0) end

local function prefix_of(id)
  local prefix = id and id:match("^(%a+)%-")
  return prefix and kinds[prefix] and prefix
end

local function start(meta, read)
  kinds, counts, targets, sections, tables = {}, {}, {}, {}, read
  for _, kind in ipairs(meta["float-kinds"] or {}) do
    kinds[stringify(kind.prefix)] = { label = stringify(kind.label), reference = stringify(kind.reference) }
  end
  number_sections = meta["number-sections"] == true
  delimiter = stringify(meta["title-delim"] or ".")
  notice = nil
end

-- numbers -----------------------------------------------------------------------------------------

local function declare(id, reference, number)
  if targets[id] then refuse("label " .. id .. " is used twice") end
  targets[id] = { reference = reference, number = number }
end

local function count(prefix)
  counts[prefix] = (counts[prefix] or 0) + 1
  return tostring(counts[prefix])
end

local function number_header(header)
  if not number_sections or header.classes:includes("unnumbered") then return nil end
  sections[header.level] = (sections[header.level] or 0) + 1
  for level = header.level + 1, 6 do sections[level] = nil end
  local parts = {}
  for level = 1, header.level do parts[#parts + 1] = tostring(sections[level] or 0) end
  local number = table.concat(parts, ".")
  if header.identifier:match("^sec%-") then declare(header.identifier, "Section", number) end
  header.content:insert(1, pandoc.Space())
  header.content:insert(1, pandoc.Span({ pandoc.Str(number) }, { class = "header-section-number" }))
  return header
end

-- floats ------------------------------------------------------------------------------------------

local function labelled(words, caption)
  local inlines = pandoc.Inlines({ pandoc.Span({ pandoc.Strong({ pandoc.Str(words) }) }, { class = "float-label" }) })
  if #caption > 0 then inlines:insert(pandoc.Space()) end
  inlines:extend(caption)
  return pandoc.Plain(inlines)
end

local function lone_image(block)
  if block.t ~= "Para" and block.t ~= "Plain" then return nil end
  local content = block.content
  return #content == 1 and content[1].t == "Image" and content[1] or nil
end

-- The exhibits of a float, its caption, and whether they are tables.
local function content_of(blocks, id)
  local content, caption, is_table = pandoc.Blocks({}), nil, false
  for index, block in ipairs(blocks) do
    if lone_image(block) then
      content:insert(pandoc.Plain(block.content))
    elseif block.t == "RawBlock" and block.format == "table" then
      is_table = true
      local grid = tables[tonumber(block.text)]:clone()
      grid.attributes["read"] = block.text -- as typst, it may be written already
      content:insert(grid)
    elseif block.t == "Table" then
      is_table = true
      content:insert(block)
    elseif block.t == "Para" and index == #blocks then
      caption = block.content
    else
      refuse("float " .. id .. " holds " .. block.t .. "; it may hold a table or a figure, and a caption as its last paragraph")
    end
  end
  if #content == 0 then refuse("float " .. id .. " is empty") end
  if not caption then refuse("float " .. id .. " has no caption") end
  return content, caption, is_table
end

local function panel(id, div, number, kind)
  local parts, caption = pandoc.Blocks({}), nil
  local content = div.content
  for index, block in ipairs(content) do
    if block.t == "Div" and prefix_of(block.identifier) then
      local letter = "(" .. string.char(97 + #parts) .. ")"
      declare(block.identifier, kind.reference, number .. NBSP .. letter)
      local exhibits, words = content_of(block.content, block.identifier)
      exhibits:insert(labelled(letter, words))
      parts:insert(pandoc.Div(exhibits, pandoc.Attr(block.identifier, { "float", "part" })))
    elseif block.t == "Para" and index == #content then
      caption = block.content
    else
      refuse("panel " .. id .. " holds " .. block.t)
    end
  end
  if not caption then refuse("panel " .. id .. " has no caption") end
  return parts, caption
end

local function float(id, div)
  local prefix = prefix_of(id)
  local kind, number = kinds[prefix], count(prefix)
  declare(id, kind.reference, number)
  local label = kind.label .. NBSP .. number .. delimiter
  local columns = div.attributes["layout-ncol"]
  if columns then
    local parts, caption = panel(id, div, number, kind)
    parts:insert(labelled(label, caption))
    return pandoc.Div(parts, pandoc.Attr(id, { "float", "panel" }, { ["layout-ncol"] = columns }))
  end
  local content, caption, is_table = content_of(div.content, id)
  content:insert(is_table and 1 or #content + 1, labelled(label, caption))
  return pandoc.Div(content, pandoc.Attr(id, { "float", is_table and "table" or "figure" }))
end

-- `: caption {#tbl-x}` on a pipe table, which older readers leave in the caption.
local function pipe_table(grid)
  local caption = grid.caption.long[1] and grid.caption.long[1].content or pandoc.Inlines({})
  local last = caption[#caption]
  local id = grid.identifier
  if id == "" and last and last.t == "Str" then
    id = last.text:match("^{#([%w-]+)}$") or ""
    if id ~= "" then caption:remove(#caption) end
    if #caption > 0 and caption[#caption].t == "Space" then caption:remove(#caption) end
  end
  if not prefix_of(id) then
    if #caption > 0 then refuse("a table with a caption and no #tbl- label") end
    return nil, false
  end
  grid.identifier, grid.caption = "", pandoc.Caption({})
  return float(id, pandoc.Div({ grid, pandoc.Para(caption) })), false
end

local function labelled_image(image)
  local id, caption = image.identifier, image.caption
  image.identifier = ""
  if not image.attributes["fig-alt"] then image.attributes["fig-alt"] = stringify(caption) end
  image.caption = pandoc.Inlines({})
  return float(id, pandoc.Div({ pandoc.Para({ image }), pandoc.Para(caption) })), false
end

-- equations ---------------------------------------------------------------------------------------

local function is_display_math(inline) return inline.t == "Math" and inline.mathtype == "DisplayMath" end

local function equations(content)
  local out, changed = pandoc.Inlines({}), false
  local index = 1
  while index <= #content do
    local inline = content[index]
    local after = content[index + 1]
    local label_at = (after and (after.t == "Space" or after.t == "SoftBreak")) and index + 2 or index + 1
    local label = content[label_at]
    local id = label and label.t == "Str" and label.text:match("^{#(eq%-[%w-]+)}$")
    if id and is_display_math(inline) then
      local number = count("eq")
      declare(id, "Equation", number)
      inline.text = inline.text .. "\\qquad(" .. number .. ")"
      out:insert(pandoc.Span({ inline }, { id = id }))
      index, changed = label_at + 1, true
    else
      out:insert(inline)
      index = index + 1
    end
  end
  if changed then return pandoc.Para(out) end
end

local function paragraph(para)
  local content = para.content
  if #content == 1 and content[1].t == "Image" and prefix_of(content[1].identifier) then
    return labelled_image(content[1])
  end
  if content:find_if(is_display_math) then return equations(content) end
end

-- divs --------------------------------------------------------------------------------------------

local function callout(div, kind)
  local title = div.attributes.title
  local content = div.content
  local words = title and pandoc.utils.blocks_to_inlines(pandoc.read(title, "markdown").blocks)
  if not words and content[1] and content[1].t == "Header" then
    words = content[1].content
    content:remove(1)
  end
  content = content:walk(structure)
  content:insert(1, pandoc.Plain(words or { pandoc.Str(CALLOUTS[kind]) }))
  local out = pandoc.Div(content, pandoc.Attr("", { "callout" }, { kind = kind }))
  if not div.classes:includes("notice") or notice then return out end
  notice = out
  return pandoc.Blocks({})
end

local function div(element)
  for _, class in ipairs(element.classes) do
    local kind = class:match("^callout%-(%a+)$")
    if kind and CALLOUTS[kind] then return callout(element, kind), false end
    if class == "pagebreak" or class == "colophon" then return element, false end
  end
  if prefix_of(element.identifier) then return float(element.identifier, element), false end
  if element.identifier == "refs" then return element, false end
  refuse("a fenced div with attributes ." .. table.concat(element.classes, " .") .. " #" .. element.identifier)
end

structure = {
  traverse = "topdown",
  Header = number_header,
  Div = div,
  Table = pipe_table,
  Para = paragraph,
  RawBlock = function(element)
    if element.format == "html" and element.text:match("^%s*<!%-%-") then return {} end
    refuse("raw " .. element.format .. " outside a labelled float")
  end,
}

-- inlines -----------------------------------------------------------------------------------------

local function is_label(id) return prefix_of(id) or id:match("^sec%-") or id:match("^eq%-") end

local function reference(cite)
  local citations = cite.citations
  local found = 0
  for _, citation in ipairs(citations) do
    if is_label(citation.id) then found = found + 1 end
  end
  if found == 0 then return nil end
  if found < #citations then refuse("one bracket holds citations and cross-references: " .. stringify(cite.content)) end
  local out = pandoc.Inlines({})
  for index, citation in ipairs(citations) do
    local target = targets[citation.id]
    if not target then refuse("unknown cross-reference @" .. citation.id) end
    if #citation.suffix > 0 then refuse("text after the label in [@" .. citation.id .. "]") end
    if index > 1 then out:extend({ pandoc.Str(","), pandoc.Space() }) end
    local words = pandoc.Inlines({})
    if #citation.prefix > 0 then
      words:extend(citation.prefix)
      words:insert(pandoc.Str(NBSP))
    elseif citation.mode ~= "SuppressAuthor" then
      words:insert(pandoc.Str(target.reference .. NBSP))
    end
    words:insert(pandoc.Str(target.number))
    out:insert(pandoc.Link(words, "#" .. citation.id, "", { class = "crossref" }))
  end
  return out
end

local inlines = {
  Cite = reference,
  RawInline = function(element)
    if element.format == "html" and element.text:match("^<!%-%-") then return {} end
    refuse("raw " .. element.format .. ": " .. element.text)
  end,
}

-- Numbers a document; `read` holds the tables that its raw blocks of the format "table" name.
return function(doc, read)
  start(doc.meta, read)
  local abstract = doc.meta.abstract
  if abstract and pandoc.utils.type(abstract) ~= "Blocks" then abstract = pandoc.Blocks({ pandoc.Para(abstract) }) end
  doc.blocks = doc.blocks:walk(structure):walk(inlines)
  if abstract then doc.meta.abstract = abstract:walk(inlines) end
  if notice then doc.meta.notice = pandoc.MetaBlocks(pandoc.Blocks({ notice }):walk(inlines)) end
  doc.meta["needs-notes"] = notice ~= nil or doc.meta.correspondence ~= nil
  return doc
end
