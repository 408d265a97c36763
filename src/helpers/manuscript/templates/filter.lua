--[[ Numbers headings, floats and equations as text, resolves cross-references, and writes floats,
callouts and the title page for each format. Runs once per format, before citeproc; because the
numbers are text, no two formats can disagree. What is outside the subset stops the run. ]]

local stringify = pandoc.utils.stringify
local SHORT_TABLE = 28 -- rows of a table that is kept on one page
local NARROW = 8.8 -- centimetres: two neighbouring figures that are no wider share the measure
local NBSP = "\u{a0}"
local CALLOUTS = { note = "Note", tip = "Tip", important = "Important", caution = "Caution", warning = "Warning" }

local side_by_side = false -- while a pair of figures is written
local after_long = false -- the last float was a table of several pages, and no other may stand above its rest
local unnumbered = false -- below a first heading without number: declarations, references, supplement

local format = FORMAT:match("^html") or FORMAT:match("^jats") or FORMAT
local kinds, counts, targets = {}, {}, {}
local sections = {}
local number_sections, delimiter = false, "."
local notice = nil

local function refuse(message) error("refused: " .. message, 0) end

local function prefix_of(id)
  local prefix = id and id:match("^(%a+)%-")
  return prefix and kinds[prefix] and prefix
end

local function raw(text) return pandoc.RawBlock(format, text) end
local function raw_inline(text) return pandoc.RawInline(format, text) end
local function quoted(text) return '"' .. text:gsub("\\", "\\\\"):gsub('"', '\\"') .. '"' end
local function styled(style, blocks) return pandoc.Div(blocks, { ["custom-style"] = style }) end

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
  if number_sections and not header.classes:includes("unnumbered") then
    sections[header.level] = (sections[header.level] or 0) + 1
    for level = header.level + 1, 6 do sections[level] = nil end
    local parts = {}
    for level = 1, header.level do parts[#parts + 1] = tostring(sections[level] or 0) end
    local number = table.concat(parts, ".")
    if header.identifier:match("^sec%-") then declare(header.identifier, "Section", number) end
    header.content:insert(1, pandoc.Space())
    header.content:insert(1, pandoc.Span({ pandoc.Str(number) }, { class = "header-section-number" }))
  end
  if header.level == 1 and header.classes:includes("unnumbered") and not unnumbered then
    unnumbered = true
    if format == "typst" then return pandoc.Blocks({ raw("#place.flush()"), header }), false end
  end
  return header
end

-- pictures and tables -----------------------------------------------------------------------------

-- pandoc 3.9 writes the alternative text into JATS as it is, so "<63 years" would be broken XML.
local function jats_alt(alt)
  local image = pandoc.Plain({ pandoc.Image({ pandoc.Str("<") }, "x.png") })
  if pandoc.write(pandoc.Pandoc({ image }), "jats"):find("&lt;", 1, true) then return alt end
  return (alt:gsub("&", "&amp;"):gsub("<", "&lt;"):gsub(">", "&gt;"))
end

local function image_for_format(image, in_panel)
  local alt = image.attributes["fig-alt"] or image.attributes["alt"]
  image.attributes["fig-alt"], image.attributes["alt"] = nil, nil
  if alt == nil then alt = stringify(image.caption) end
  if format == "typst" then
    local arguments = { quoted(image.src), "alt: " .. quoted(alt) }
    local width = image.attributes.width
    if in_panel then
      arguments[#arguments + 1] = "width: 100%"
    elseif width then
      arguments[#arguments + 1] = "width: " .. width:gsub("^([%d.]+)cm$", "fit(%1cm)")
    end
    return raw_inline("#image(" .. table.concat(arguments, ", ") .. ")")
  end
  if format == "html" and not image.attributes.width then
    local _, contents = pandoc.mediabag.fetch(image.src)
    local size = pandoc.image.size(contents)
    image.attributes.width = string.format("%.2fcm", size.width / size.dpi_horz * 2.54)
  end
  image.caption = pandoc.Inlines({ pandoc.Str(format == "jats" and jats_alt(alt) or alt) })
  return image
end

local function read_table(html)
  local blocks = pandoc.read(html, "html").blocks
  if #blocks ~= 1 or blocks[1].t ~= "Table" then refuse("an embedded table is not one HTML table") end
  return blocks[1]
end

local function row_count(grid)
  local rows = #grid.head.rows
  for _, body in ipairs(grid.bodies) do rows = rows + #body.body end
  return rows
end

local function each_cell(rows, change)
  for _, row in ipairs(rows) do
    for _, cell in ipairs(row.cells) do cell.contents = change(cell.contents, row) end
  end
end

local function style_cells(grid)
  local function style(name)
    return function(blocks)
      local paragraphs = blocks:map(function(block)
        return block.t == "Plain" and pandoc.Para(block.content) or block
      end)
      if #paragraphs == 0 then paragraphs = pandoc.Blocks({ pandoc.Para({}) }) end
      return pandoc.Blocks({ styled(name, paragraphs) })
    end
  end
  each_cell(grid.head.rows, style("Table Heading"))
  for _, body in ipairs(grid.bodies) do
    each_cell(body.head, style("Table Text"))
    each_cell(body.body, style("Table Text"))
  end
  each_cell(grid.foot.rows, style("Table Note"))
end

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

-- PDF/UA asks for the words of an equation: its TeX source, as MathJax and journals give it.
local function described(math)
  if format ~= "typst" then return nil end
  local words = math.text:gsub("%s+", " "):gsub("^ ", ""):gsub(" $", "")
  words = words:gsub("%s*\\qquad(%(%d+%))$", ", equation %1")
  return pandoc.Inlines({ raw_inline("#[#set math.equation(alt: " .. quoted(words) .. "); "), math, raw_inline("]") })
end

local function table_blocks(grid, id)
  if format == "typst" then -- tables.lua writes the table once citations stand in it
    local notes = take_notes(grid)
    local blocks = pandoc.Blocks({ grid })
    if #notes > 0 then
      blocks:insert(raw("#table-notes["))
      blocks:extend(notes)
      blocks:insert(raw("]"))
    end
    return blocks
  end
  if format == "docx" then style_cells(grid) end
  if format == "html" then
    grid.attributes["aria-labelledby"] = id .. "-caption"
    -- A list of pairs: the order of a Lua table's keys differs from run to run.
    local attributes = { { "tabindex", "0" }, { "role", "region" }, { "aria-labelledby", id .. "-caption" } }
    return pandoc.Blocks({ pandoc.Div({ grid }, pandoc.Attr("", { "scroll" }, attributes)) })
  end
  return pandoc.Blocks({ grid })
end

-- floats ------------------------------------------------------------------------------------------

local function labelled_caption(words, caption)
  local inlines = pandoc.Inlines({ pandoc.Span({ pandoc.Strong({ pandoc.Str(words) }) }, { class = "float-label" }) })
  if #caption > 0 then inlines:insert(pandoc.Space()) end
  inlines:extend(caption)
  return inlines
end

local function has_table(blocks)
  for _, block in ipairs(blocks) do if block.t == "Table" then return true end end
  return false
end

local function write_float(id, blocks, caption, above, rows)
  if format == "html" then
    local figcaption = pandoc.Blocks({ raw('<figcaption id="' .. id .. '-caption">'), pandoc.Plain(caption), raw("</figcaption>") })
    local out = pandoc.Blocks({ raw('<figure id="' .. id .. '" class="' .. (above and "float-table" or "float-figure") .. '">') })
    if above then out:extend(figcaption); out:extend(blocks) else out:extend(blocks); out:extend(figcaption) end
    out:insert(raw("</figure>"))
    return out
  elseif format == "typst" then
    local call
    if above then
      local short = (rows or 0) <= SHORT_TABLE
      call = string.format("#table-float(%s, short: %s, floating: %s, low: %s, [", quoted(id), short, not unnumbered, after_long)
      after_long = not short
    else
      call = string.format(side_by_side and "#side-figure(%s, [" or "#figure-float(%s, low: %s, [", quoted(id), after_long)
      after_long = false
    end
    local out = pandoc.Blocks({ raw(call) })
    out:extend(blocks)
    out:insert(raw("], ["))
    out:insert(pandoc.Plain(caption))
    out:insert(raw("])"))
    return out
  elseif above and has_table(blocks) then
    for _, block in ipairs(blocks) do
      if block.t == "Table" then
        block.caption = pandoc.Caption({ pandoc.Plain(caption) })
        block.identifier = id
        caption = pandoc.Inlines({})
      end
    end
    return blocks
  end
  return pandoc.Blocks({ pandoc.Figure(blocks, pandoc.Caption({ pandoc.Plain(caption) }), { id = id }) })
end

local function content_of(blocks, id, in_panel)
  local content, caption, is_table, rows = pandoc.Blocks({}), nil, false, 0
  for index, block in ipairs(blocks) do
    local image = (block.t == "Para" or block.t == "Plain") and #block.content == 1 and block.content[1]
    if image and image.t == "Image" then
      content:insert(pandoc.Plain({ image_for_format(image, in_panel) }))
    elseif block.t == "RawBlock" and block.format == "html" then
      local grid = read_table(block.text)
      is_table, rows = true, rows + row_count(grid)
      content:extend(table_blocks(grid, id))
    elseif block.t == "Table" then
      is_table, rows = true, rows + row_count(block)
      content:extend(table_blocks(block, id))
    elseif block.t == "Para" and index == #blocks then
      caption = block.content
    else
      refuse("float " .. id .. " holds " .. block.t .. "; it may hold a table or a figure, and a caption as its last paragraph")
    end
  end
  if #content == 0 then refuse("float " .. id .. " is empty") end
  if not caption then refuse("float " .. id .. " has no caption") end
  return content, caption, is_table, rows
end

local function panel(id, div, number, kind)
  local parts, caption = pandoc.List({}), nil
  local letters = 0
  for index, block in ipairs(div.content) do
    if block.t == "Div" and prefix_of(block.identifier) then
      letters = letters + 1
      local letter = "(" .. string.char(96 + letters) .. ")"
      declare(block.identifier, kind.reference, number .. NBSP .. letter)
      local content, words = content_of(block.content, block.identifier, true)
      parts:insert({ id = block.identifier, content = content, caption = labelled_caption(letter, words) })
    elseif block.t == "Para" and index == #div.content then
      caption = block.content
    else
      refuse("panel " .. id .. " holds " .. block.t)
    end
  end
  if not caption then refuse("panel " .. id .. " has no caption") end
  local columns = tonumber(div.attributes["layout-ncol"]) or 1
  local blocks = pandoc.Blocks({})
  if format == "typst" then blocks:insert(raw("#panel(columns: " .. columns .. ", ")) end
  if format == "html" then blocks:insert(raw('<div class="panel" style="--columns:' .. columns .. '">')) end
  for _, part in ipairs(parts) do
    if format == "typst" then
      blocks:insert(raw("[#subfloat(" .. quoted(part.id) .. ", ["))
      blocks:extend(part.content)
      blocks:insert(raw("], ["))
      blocks:insert(pandoc.Plain(part.caption))
      blocks:insert(raw("])],"))
    else
      blocks:extend(write_float(part.id, part.content, part.caption, false))
    end
  end
  if format == "typst" then blocks:insert(raw(")")) end
  if format == "html" then blocks:insert(raw("</div>")) end
  return blocks, caption
end

local function float(id, div)
  local prefix = prefix_of(id)
  local kind, number = kinds[prefix], count(prefix)
  declare(id, kind.reference, number)
  local nested = div.attributes["layout-ncol"] ~= nil
  local content, caption, is_table, rows
  if nested then
    content, caption = panel(id, div, number, kind)
  else
    content, caption, is_table, rows = content_of(div.content, id, side_by_side)
  end
  local label = kind.label .. NBSP .. number .. delimiter
  if nested and format ~= "html" and format ~= "typst" then
    content:insert(styled("Image Caption", { pandoc.Para(labelled_caption(label, caption)) }))
    return pandoc.Div(content, { id = id })
  end
  return write_float(id, content, labelled_caption(label, caption), is_table, rows)
end

-- equations ---------------------------------------------------------------------------------------

local function holds_display_math(content)
  for _, inline in ipairs(content) do
    if inline.t == "Math" and inline.mathtype == "DisplayMath" then return true end
  end
  return false
end

local function equation(para)
  local content = para.content
  if not holds_display_math(content) then return nil end
  local out, changed = pandoc.Inlines({}), false
  local index = 1
  while index <= #content do
    local inline = content[index]
    local after = content[index + 1]
    local label_at = (after and after.t == "Space" or after and after.t == "SoftBreak") and index + 2 or index + 1
    local label = content[label_at]
    local id = label and label.t == "Str" and label.text:match("^{#(eq%-[%w-]+)}$")
    if inline.t == "Math" and inline.mathtype == "DisplayMath" and id then
      local number = count("eq")
      declare(id, "Equation", number)
      inline.text = inline.text .. "\\qquad(" .. number .. ")"
      if format == "typst" then
        out:insert(raw_inline("#[")); out:insert(inline); out:insert(raw_inline("] <" .. id .. ">"))
      else
        out:insert(pandoc.Span({ inline }, { id = id }))
      end
      index, changed = label_at + 1, true
    else
      out:insert(inline)
      index = index + 1
    end
  end
  if changed then return pandoc.Para(out) end
end

-- divs --------------------------------------------------------------------------------------------

local function visible(div)
  local shown = div.classes:includes("content-visible")
  local match = div.attributes["when-format"] == format
  if div.attributes["unless-format"] then match = div.attributes["unless-format"] ~= format end
  return match == shown
end

-- The figure of a div, where it is one picture that may stand beside another.
local function narrow_figure(block)
  if block.t ~= "Div" or not prefix_of(block.identifier) or block.attributes["layout-ncol"] then return false end
  local image = block.content[1] and block.content[1].content
  image = pandoc.utils.type(image) == "Inlines" and #image == 1 and image[1]
  if not image or image.t ~= "Image" or #block.content ~= 2 then return false end
  local width = (image.attributes.width or ""):match("^([%d.]+)cm$")
  return width and tonumber(width) <= NARROW
end

local function pair_figures(blocks)
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

local function figure_pair(element)
  local blocks = pandoc.Blocks({})
  side_by_side = true
  for _, part in ipairs(element.content) do
    blocks:insert(raw(#blocks == 0 and "#figure-pair([" or "], ["))
    blocks:extend(float(part.identifier, part))
  end
  side_by_side = false
  blocks:insert(raw("])"))
  return blocks
end

local structure

local function callout(div, kind)
  local title = div.attributes.title
  local content = div.content
  local words = title and pandoc.utils.blocks_to_inlines(pandoc.read(title, "markdown").blocks)
  if not words and content[1] and content[1].t == "Header" then
    words = content[1].content
    content:remove(1)
  end
  words = words or pandoc.Inlines({ pandoc.Str(CALLOUTS[kind]) })
  content = content:walk(structure)
  local out
  if format == "html" then
    out = pandoc.Div({ pandoc.Div({ pandoc.Plain(words) }, { class = "callout-title" }),
      pandoc.Div(content, { class = "callout-body" }) }, pandoc.Attr("", { "callout", "callout-" .. kind }, { { "role", "note" } }))
  elseif format == "typst" then
    local blocks = pandoc.Blocks({ raw("#callout(kind: " .. quoted(kind) .. ", title: ["), pandoc.Plain(words), raw("])[") })
    blocks:extend(content)
    blocks:insert(raw("]"))
    out = blocks
  elseif format == "docx" then
    local style = (kind == "note" or kind == "tip") and "Callout" or "Notice"
    out = pandoc.Div({ styled(style .. " Title", { pandoc.Para(words) }), styled(style, content) })
  else
    out = pandoc.Blocks({ raw("<boxed-text>"), pandoc.Para({ pandoc.Strong(words) }) })
    out:extend(content)
    out:insert(raw("</boxed-text>"))
  end
  if div.classes:includes("notice") and notice == nil then
    if format == "jats" then
      out = content
      out:insert(1, pandoc.Para({ pandoc.Strong(words) }))
    end
    notice = pandoc.utils.type(out) == "Blocks" and out or pandoc.Blocks({ out })
    return pandoc.Blocks({})
  end
  return out
end

local function box(div, name, style)
  if format == "docx" then return styled(style, div.content) end
  if format == "typst" then
    local blocks = pandoc.Blocks({ raw("#" .. name .. "[") })
    blocks:extend(div.content)
    blocks:insert(raw("]"))
    return blocks
  end
  return div
end

local function page_break()
  if format == "typst" then return raw("#pagebreak(weak: true)") end
  if format == "docx" then return pandoc.RawBlock("openxml", '<w:p><w:r><w:br w:type="page"/></w:r></w:p>') end
  return pandoc.Blocks({})
end

local function div(element)
  for _, class in ipairs(element.classes) do
    if class == "content-visible" or class == "content-hidden" then
      return visible(element) and element.content:walk(structure) or pandoc.Blocks({}), false
    end
    local kind = class:match("^callout%-(%a+)$")
    if kind and CALLOUTS[kind] then return callout(element, kind), false end
    if class == "figure-pair" then return figure_pair(element), false end
    if class == "pagebreak" then return page_break(), false end
    if class == "colophon" then return box(element, "colophon", "Colophon"), false end
  end
  if prefix_of(element.identifier) then return float(element.identifier, element), false end
  if element.identifier == "refs" then return element, false end
  refuse("a fenced div with attributes ." .. table.concat(element.classes, " .") .. " #" .. element.identifier)
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
    return table_blocks(grid, "table"), false
  end
  grid.identifier, grid.caption = "", pandoc.Caption({})
  return float(id, pandoc.Div({ grid, pandoc.Para(caption) })), false
end

local function paragraph(para)
  local only = #para.content == 1 and para.content[1]
  if only and only.t == "Image" and prefix_of(only.identifier) then
    local caption = only.caption
    local id = only.identifier
    only.identifier = ""
    if not only.attributes["fig-alt"] then only.attributes["fig-alt"] = stringify(caption) end
    only.caption = pandoc.Inlines({})
    return float(id, pandoc.Div({ pandoc.Para({ only }), pandoc.Para(caption) })), false
  end
  return equation(para)
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

local function reference(cite)
  local found = 0
  for _, citation in ipairs(cite.citations) do if prefix_of(citation.id) or citation.id:match("^sec%-") or citation.id:match("^eq%-") then found = found + 1 end end
  if found == 0 then return nil end
  if found < #cite.citations then refuse("one bracket holds citations and cross-references: " .. stringify(cite.content)) end
  local out = pandoc.Inlines({})
  for index, citation in ipairs(cite.citations) do
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
  Math = described,
  Image = function(image) if format ~= "typst" then return nil end return image_for_format(image) end,
  RawInline = function(element)
    if element.format == "html" and element.text:match("^<!%-%-") then return {} end
    if element.format ~= format then refuse("raw " .. element.format .. ": " .. element.text) end
  end,
}

-- title page --------------------------------------------------------------------------------------

local function as_blocks(value)
  local kind = pandoc.utils.type(value)
  if kind == "Blocks" then return value end
  return pandoc.Blocks({ pandoc.Para(value) })
end

local function byline(meta)
  local line = pandoc.Inlines({})
  for index, author in ipairs(meta.byline) do
    if index > 1 then line:extend({ pandoc.Str(","), pandoc.Space() }) end
    line:extend(author.name)
    if stringify(author.marks) ~= "" then line:insert(pandoc.Superscript(author.marks)) end
  end
  return line
end

local function docx_title_page(meta)
  local page = pandoc.Blocks({ styled("Title", { pandoc.Para(meta.title) }) })
  if meta.subtitle then page:insert(styled("Subtitle", { pandoc.Para(meta.subtitle) })) end
  if meta.byline then page:insert(styled("Author", { pandoc.Para(byline(meta)) })) end
  for _, place in ipairs(meta.places or {}) do
    local line = pandoc.Inlines({ pandoc.Superscript(place.mark), pandoc.Space() })
    line:extend(place.text)
    page:insert(styled("Affiliation", { pandoc.Para(line) }))
  end
  for _, author in ipairs(meta.byline or {}) do
    if author.orcid then
      local id = stringify(author.orcid)
      local line = pandoc.Inlines({ pandoc.Str("ORCID "), table.unpack(author.name) })
      line:extend({ pandoc.Str(": "), pandoc.Link(id, "https://orcid.org/" .. id) })
      page:insert(styled("Affiliation", { pandoc.Para(line) }))
    end
  end
  if meta.correspondence then
    local line = pandoc.Inlines({ pandoc.Str("* Correspondence: ") })
    line:extend(meta.correspondence)
    page:insert(styled("Affiliation", { pandoc.Para(line) }))
  end
  if meta.date then page:insert(styled("Date", { pandoc.Para(meta.date) })) end
  if meta.notice then page:extend(meta.notice) end
  if meta["key-points"] then
    page:insert(styled("Abstract Title", { pandoc.Para({ pandoc.Str("Key points") }) }))
    local points = pandoc.List({})
    for _, point in ipairs(meta["key-points"]) do points:insert(as_blocks(point)) end
    page:insert(styled("Key Points", { pandoc.BulletList(points) }))
  end
  if meta.abstract then
    page:insert(styled("Abstract Title", { pandoc.Para({ pandoc.Str("Abstract") }) }))
    page:insert(styled("Abstract", as_blocks(meta.abstract)))
  end
  if meta["keyword-line"] then
    local line = pandoc.Inlines({ pandoc.Strong({ pandoc.Str("Keywords:") }), pandoc.Space() })
    line:extend(meta["keyword-line"])
    page:insert(styled("Keywords", { pandoc.Para(line) }))
  end
  if meta.counts then page:insert(styled("Counts", { pandoc.Para(meta.counts.line) })) end
  return page
end

-- the document ------------------------------------------------------------------------------------

local function configure(meta)
  for _, kind in ipairs(meta["float-kinds"] or {}) do
    kinds[stringify(kind.prefix)] = { label = stringify(kind.label), reference = stringify(kind.reference) }
  end
  number_sections = meta["number-sections"] == true
  delimiter = stringify(meta["title-delim"] or ".")
end

local function shift_headings(blocks)
  return blocks:walk({ Header = function(header) header.level = math.min(header.level + 1, 6); return header end })
end

function Pandoc(doc)
  configure(doc.meta)
  if doc.meta.abstract then doc.meta.abstract = as_blocks(doc.meta.abstract) end
  local blocks = format == "typst" and pair_figures(doc.blocks) or doc.blocks
  doc.blocks = blocks:walk(structure):walk(inlines)
  if doc.meta.abstract then doc.meta.abstract = doc.meta.abstract:walk(inlines) end
  if notice then doc.meta.notice = pandoc.MetaBlocks(notice:walk(inlines)) end
  doc.meta["needs-notes"] = doc.meta.notice ~= nil or doc.meta.correspondence ~= nil
  if format == "docx" then
    local page = docx_title_page(doc.meta)
    page:extend(doc.blocks)
    doc.blocks = page
    doc.meta.abstract = nil
  elseif format == "html" then
    doc.blocks = shift_headings(doc.blocks)
  end
  return doc
end
