-- The form of JATS: captions inside tables and figures, boxed texts, the notice as a note.

local native = require("native")

local jats = { table_float = native.table_float, figure = native.figure, panel = native.panel }

local function raw(text) return pandoc.RawBlock("jats", text) end

-- pandoc 3.9 writes the alternative text into JATS as it is, so "<63 years" would be broken XML.
local is_escaped = nil

local function escaped(alt)
  if is_escaped == nil then
    local image = pandoc.Plain({ pandoc.Image({ pandoc.Str("<") }, "x.png") })
    is_escaped = pandoc.write(pandoc.Pandoc({ image }), "jats"):find("&lt;", 1, true) ~= nil
  end
  return is_escaped and alt or (alt:gsub("&", "&amp;"):gsub("<", "&lt;"):gsub(">", "&gt;"))
end

function jats.picture(image)
  image.caption = pandoc.Inlines({ pandoc.Str(escaped(native.alternative(image))) })
  return image
end

function jats.table_blocks(grid) return pandoc.Blocks({ grid }) end

function jats.callout(_, words, content)
  local out = pandoc.Blocks({ raw("<boxed-text>"), pandoc.Para({ pandoc.Strong(words) }) })
  out:extend(content)
  out:insert(raw("</boxed-text>"))
  return out
end

function jats.notice(_, words, content)
  content:insert(1, pandoc.Para({ pandoc.Strong(words) }))
  return content
end

function jats.colophon(div) return div end

function jats.page_break() return pandoc.Blocks({}) end

return jats
