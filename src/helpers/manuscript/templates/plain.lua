--[[ Makes a document plain text for a form: headings are marked for the style to write, the notice
opens with its title, the colophon and what only other formats show are left out. ]]

local MARK = "\u{e000}"

local function boxed(element)
  local title = element.attributes.title
  local first = element.content[1]
  if not title and first and first.t == "Header" then
    title = pandoc.utils.stringify(first.content)
    element.content:remove(1)
    first = element.content[1]
  end
  if title and first and (first.t == "Para" or first.t == "Plain") then
    first.content:insert(1, pandoc.Space())
    first.content:insert(1, pandoc.Str(title .. ":"))
  end
  return element.content
end

local filter = { traverse = "topdown" }

function filter.Div(element)
  for _, class in ipairs(element.classes) do
    if class == "colophon" or class == "pagebreak" or class == "content-visible" then return {} end
    if class:match("^callout%-") then return boxed(element) end
  end
  return element.content
end

function filter.Header(header)
  local words = pandoc.utils.stringify(header.content):gsub("%s*:%s*$", "")
  return pandoc.Para({ pandoc.Str(MARK .. words) })
end

function filter.Link(link) return link.content end

return { filter }
