--[[ Reads the HTML tables of a document, beside the reading of its text: `pandoc lua tables.lua FORMATS`
takes a JSON list of HTML texts. The first line that it gives is a document whose blocks are the
tables, in their order. Where "pdf" is among the formats, each further line is one table as typst, or
empty where it holds what only the whole document can resolve. ]]

local path = pandoc.path
package.path = path.join({ path.directory(arg[0]), "?.lua" }) .. ";" .. package.path

local ties = require("ties")
local written = require("typsttable")

local function refuse(message)
  io.stderr:write("refused: ", message, "\n")
  os.exit(1)
end

local function stands_alone(grid)
  local alone = true
  local function found() alone = false end
  grid:walk({ Cite = found, Math = found, Image = found, Note = found, RawInline = found })
  return alone
end

local tables = pandoc.Blocks({})
for _, html in ipairs(pandoc.json.decode(io.stdin:read("a"), false)) do
  local blocks = pandoc.read(html, "html").blocks
  if #blocks ~= 1 or blocks[1].t ~= "Table" then refuse("an embedded table is not one HTML table") end
  tables:insert(blocks[1]:walk(ties))
end
io.stdout:write(pandoc.write(pandoc.Pandoc(tables), "json"), "\n")
io.stdout:flush()
if not pandoc.List(arg):includes("pdf") then return end
for _, grid in ipairs(tables) do
  grid.foot = pandoc.TableFoot({})
  io.stdout:write(pandoc.json.encode(stands_alone(grid) and written(grid) or ""), "\n")
end
