-- The form of HTML: figures with captions that name their tables, boxes that scroll, deeper headings.

local native = require("native")

local html = {}

local function raw(text) return pandoc.RawBlock("html", text) end

function html.picture(image)
  if not image.attributes.width then
    local _, contents = pandoc.mediabag.fetch(image.src)
    local size = pandoc.image.size(contents)
    image.attributes.width = string.format("%.2fcm", size.width / size.dpi_horz * 2.54)
  end
  return native.picture(image)
end

-- Figures stay on one line; a cell as long as a sentence may break.
local sentence_length = 40

local function break_sentences(grid)
  for _, body in ipairs(grid.bodies) do
    for _, row in ipairs(body.body) do
      for _, cell in ipairs(row.cells) do
        if utf8.len(pandoc.utils.stringify(cell.contents)) > sentence_length then
          cell.classes:insert("sentence")
        end
      end
    end
  end
end

function html.table_blocks(grid, id)
  break_sentences(grid)
  grid.attributes["aria-labelledby"] = id .. "-caption"
  -- A list of pairs: the order of a Lua table's keys differs from run to run.
  local attributes = { { "tabindex", "0" }, { "role", "region" }, { "aria-labelledby", id .. "-caption" } }
  return pandoc.Blocks({ pandoc.Div({ grid }, pandoc.Attr("", { "scroll" }, attributes)) })
end

local function opening(id, class) return raw('<figure id="' .. id .. '" class="' .. class .. '">') end

local function figcaption(id, caption)
  return pandoc.Blocks({ raw('<figcaption id="' .. id .. '-caption">'), pandoc.Plain(caption), raw("</figcaption>") })
end

function html.table_float(id, blocks, caption)
  local out = pandoc.Blocks({ opening(id, "float-table") })
  out:extend(figcaption(id, caption))
  out:extend(blocks)
  out:insert(raw("</figure>"))
  return out
end

function html.figure(id, blocks, caption)
  local out = pandoc.Blocks({ opening(id, "float-figure") })
  out:extend(blocks)
  out:extend(figcaption(id, caption))
  out:insert(raw("</figure>"))
  return out
end

function html.panel(id, parts, caption, columns)
  local blocks = pandoc.Blocks({ raw('<div class="panel" style="--columns:' .. columns .. '">') })
  for _, part in ipairs(parts) do blocks:extend(html.figure(part.id, part.blocks, part.caption)) end
  blocks:insert(raw("</div>"))
  return html.figure(id, blocks, caption)
end

function html.callout(kind, words, content)
  local title = pandoc.Div({ pandoc.Plain(words) }, { class = "callout-title" })
  local body = pandoc.Div(content, { class = "callout-body" })
  local attributes = pandoc.Attr("", { "callout", "callout-" .. kind }, { { "role", "note" } })
  return pandoc.Blocks({ pandoc.Div({ title, body }, attributes) })
end

function html.colophon(div) return div end

function html.page_break() return pandoc.Blocks({}) end

-- The title of the page is its first heading.
function html.finish(doc)
  doc.blocks = doc.blocks:walk({
    Header = function(header)
      header.level = math.min(header.level + 1, 6)
      return header
    end,
  })
  return doc
end

return html
