--[[ Reads the HTML tables of a document, beside the reading of its text: `pandoc lua tables.lua`
takes a JSON list of HTML texts and gives a document whose blocks are the tables, in their order. ]]

local function refuse(message)
  io.stderr:write("refused: ", message, "\n")
  os.exit(1)
end

local tables = pandoc.Blocks({})
for _, html in ipairs(pandoc.json.decode(io.stdin:read("a"), false)) do
  local blocks = pandoc.read(html, "html").blocks
  if #blocks ~= 1 or blocks[1].t ~= "Table" then refuse("an embedded table is not one HTML table") end
  tables:insert(blocks[1])
end
io.stdout:write(pandoc.write(pandoc.Pandoc(tables), "json"))
