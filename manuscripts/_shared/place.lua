-- After `quarto render`: copies the documents from Quarto's output folder to outputs/<study>/.
-- Quarto runs this script with its own Lua; `manuscript render` does not use it.
local output_dir = os.getenv("QUARTO_PROJECT_OUTPUT_DIR") or "_rendered"
local listed = os.getenv("QUARTO_PROJECT_OUTPUT_FILES") or ""

for file in listed:gmatch("[^\r\n]+") do
  local study, name = file:match("manuscripts[/\\]([^/\\]+)[/\\]([^/\\]+)$")
  if study then
    local source = io.open(file, "rb") or io.open(output_dir .. "/manuscripts/" .. study .. "/" .. name, "rb")
    if not source then error("place.lua: cannot read " .. file) end
    local target = assert(io.open("outputs/" .. study .. "/" .. name, "wb"))
    target:write(source:read("a"))
    target:close()
    source:close()
  end
end
