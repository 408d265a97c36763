-- The form of Word: styles by name, captions inside tables and figures, a title page of its own.

local native = require("native")

local docx = {
  picture = native.picture,
  table_float = native.table_float,
  figure = native.figure,
  panel = native.panel,
}

local stringify = pandoc.utils.stringify

local function styled(style, blocks) return pandoc.Div(blocks, { ["custom-style"] = style }) end

local function each_cell(rows, style)
  for _, row in ipairs(rows) do
    for _, cell in ipairs(row.cells) do
      local paragraphs = cell.contents:map(function(block)
        return block.t == "Plain" and pandoc.Para(block.content) or block
      end)
      if #paragraphs == 0 then paragraphs = pandoc.Blocks({ pandoc.Para({}) }) end
      cell.contents = pandoc.Blocks({ styled(style, paragraphs) })
    end
  end
end

function docx.table_blocks(grid)
  each_cell(grid.head.rows, "Table Heading")
  for _, body in ipairs(grid.bodies) do
    each_cell(body.head, "Table Text")
    each_cell(body.body, "Table Text")
  end
  each_cell(grid.foot.rows, "Table Note")
  return pandoc.Blocks({ grid })
end

function docx.callout(kind, words, content)
  local style = (kind == "note" or kind == "tip") and "Callout" or "Notice"
  return pandoc.Blocks({ pandoc.Div({ styled(style .. " Title", { pandoc.Para(words) }), styled(style, content) }) })
end

function docx.colophon(div) return styled("Colophon", div.content) end

function docx.page_break() return pandoc.RawBlock("openxml", '<w:p><w:r><w:br w:type="page"/></w:r></w:p>') end

-- title page --------------------------------------------------------------------------------------

local function as_blocks(value)
  return pandoc.utils.type(value) == "Blocks" and value or pandoc.Blocks({ pandoc.Para(value) })
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

local function affiliations(page, meta)
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
end

local function summary(page, meta)
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
end

-- pandoc's template without its title block.
function docx.template()
  local default = pandoc.template.default("openxml")
  local _, before = default:find("<w:body>", 1, true)
  local after = default:find("$for(include-before)$", 1, true)
  if not before or not after then error("this pandoc has an unknown DOCX template", 0) end
  return default:sub(1, before) .. "\n" .. default:sub(after)
end

function docx.finish(doc)
  local meta = doc.meta
  local page = pandoc.Blocks({ styled("Title", { pandoc.Para(meta.title) }) })
  if meta.subtitle then page:insert(styled("Subtitle", { pandoc.Para(meta.subtitle) })) end
  if meta.byline then page:insert(styled("Author", { pandoc.Para(byline(meta)) })) end
  affiliations(page, meta)
  if meta.date then page:insert(styled("Date", { pandoc.Para(meta.date) })) end
  if meta.notice then page:extend(meta.notice) end
  summary(page, meta)
  page:extend(doc.blocks)
  doc.blocks = page
  doc.meta.abstract = nil
  return doc
end

return docx
