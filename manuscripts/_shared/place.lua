--[[ After `quarto render`: copies the documents from Quarto's output folder to outputs/<study>/.
Quarto runs this script as a filter of its own pandoc, in the project's folder; `manuscript render`
does not use it, and does the same. A JATS document cannot be read without its pictures: it is made
to name those that lie in outputs/<study>/figures, and carries any other inside. An HTML page keeps
neither the libraries of the network that Quarto adds for tables of notebooks nor the folders that
the notebooks lay in. ]]

local output_dir = os.getenv("QUARTO_PROJECT_OUTPUT_DIR") or "_rendered"
local listed = os.getenv("QUARTO_PROJECT_OUTPUT_FILES") or ""
local path = pandoc.path
local DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

local function read(name)
  local file = io.open(name, "rb")
  if not file then return nil end
  local content = file:read("a")
  file:close()
  return content
end

local function base64(content)
  local out = {}
  for at = 1, #content, 3 do
    local a, b, c = content:byte(at, at + 2)
    local bits = a << 16 | (b or 0) << 8 | (c or 0)
    for place = 0, 3 do
      local digit = bits >> (18 - 6 * place) & 63
      out[#out + 1] = (place == 2 and not b or place == 3 and not c) and "=" or DIGITS:sub(digit + 1, digit + 1)
    end
  end
  return table.concat(out)
end

local NEEDLESS = {
  '<script[^>]*%ssrc="https://cdnjs%.cloudflare%.com/ajax/libs/require%.js/[^"]*"[^>]*></script>\n?',
  '<script[^>]*%ssrc="https://cdnjs%.cloudflare%.com/ajax/libs/jquery/[^"]*"[^>]*></script>\n?',
  "<script[^>]*>%s*define%('jquery',[^<]*</script>\n?",
  '%sdata%-notebook[%w%-]*="[^"]*"',
}

local function finished_page(page)
  for _, needless in ipairs(NEEDLESS) do page = page:gsub(needless, "") end
  return page
end

local function figures_of(study)
  local folder, known = path.join({ "outputs", study, "figures" }), {}
  local found, names = pcall(pandoc.system.list_directory, folder)
  for _, name in ipairs(found and names or {}) do
    local content = name:match("%.png$") and read(path.join({ folder, name }))
    if content then known[content] = "figures/" .. name end
  end
  return known
end

local function with_pictures(xml, study, folder)
  local known = figures_of(study)
  return (xml:gsub('(xlink:href=")([^"]+%.png)(")', function(before, name, after)
    if name:match("^%a+:") then return nil end
    local picture = read(path.join({ folder, name })) or read(path.join({ "manuscripts", study, name }))
    if not picture then error("place.lua: cannot read the picture " .. name) end
    return before .. (known[picture] or "data:image/png;base64," .. base64(picture)) .. after
  end))
end

for file in listed:gmatch("[^\r\n]+") do
  local study, name = file:match("manuscripts[/\\]([^/\\]+)[/\\]([^/\\]+)$")
  if study then
    local content = read(file)
    if not content then
      file = path.join({ output_dir, "manuscripts", study, name })
      content = read(file) or error("place.lua: cannot read " .. file)
    end
    if name:match("%.xml$") then content = with_pictures(content, study, path.directory(file)) end
    if name:match("%.html$") then content = finished_page(content) end
    local target = assert(io.open(path.join({ "outputs", study, name }), "wb"))
    target:write(content)
    target:close()
  end
end
