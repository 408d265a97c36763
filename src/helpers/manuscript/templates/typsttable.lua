--[[ Writes a table as typst text. Cross-references and citations stand in its cells by then, if it has
any; its notes were taken off. ]]

local stringify = pandoc.utils.stringify
local INDENT = "\u{2003}" -- begins a row that belongs to the group above it

local function refuse(message) error("refused: " .. message, 0) end

-- The head of a group of rows is marked, so that typst keeps it with the row below.
local GROUP, GROUP_END = "/*group*/", "/*group-end*/"

local function first_words(row)
  return row.cells[1] and stringify(row.cells[1].contents) or ""
end

local function heads_group(row, after)
  local words = first_words(row)
  if words == "" or words:sub(1, #INDENT) == INDENT then return false end
  for index = 2, #row.cells do
    if stringify(row.cells[index].contents) ~= "" then return false end
  end
  return #row.cells == 1 or first_words(after):sub(1, #INDENT) == INDENT
end

local function mark_groups(grid)
  for _, body in ipairs(grid.bodies) do
    for index = 1, #body.body - 1 do
      local cells = body.body[index].cells
      if heads_group(body.body[index], body.body[index + 1]) then
        cells[1].contents:insert(1, pandoc.Plain({ pandoc.RawInline("typst", GROUP) }))
        cells[#cells].contents:insert(pandoc.Plain({ pandoc.RawInline("typst", GROUP_END) }))
      end
    end
  end
end

-- The further lines of an indented row begin where its first one does.
local function hang_indented(grid)
  for _, body in ipairs(grid.bodies) do
    for _, row in ipairs(body.body) do
      local first = row.cells[1] and row.cells[1].contents[1]
      if first and first.content and first_words(row):sub(1, #INDENT) == INDENT then
        first.content:insert(1, pandoc.RawInline("typst", "#par(hanging-indent: 1em)["))
        first.content:insert(pandoc.RawInline("typst", "]"))
      end
    end
  end
end

local function bind_groups(text)
  text = text:gsub("table%.cell(%b())%[%s*/%*group%*/%s*(.-)%s*/%*group%-end%*/%s*%],",
    "table.header(level: 2, repeat: false, table.cell%1[%2]),")
  if text:find(GROUP, 1, true) then refuse("this pandoc writes typst tables in an unknown form") end
  return text
end

-- A native typst table, with the rules of the house: heavy above and below, light under spanners.
return function(grid)
  for _, row in ipairs(grid.head.rows) do
    for _, cell in ipairs(row.cells) do
      cell.contents = cell.contents:map(function(block) return pandoc.Plain({ pandoc.Strong(block.content) }) end)
    end
  end
  mark_groups(grid)
  hang_indented(grid)
  grid.classes:insert("typst:no-figure")
  local text = pandoc.write(pandoc.Pandoc({ grid }), { format = "typst", extensions = { citations = false } })
  local rules = {}
  local occupied = {}
  for y, row in ipairs(grid.head.rows) do
    local x = 0
    for _, cell in ipairs(row.cells) do
      while occupied[y] and occupied[y][x] do x = x + 1 end
      for dy = 0, cell.row_span - 1 do
        occupied[y + dy] = occupied[y + dy] or {}
        for dx = 0, cell.col_span - 1 do occupied[y + dy][x + dx] = true end
      end
      if cell.col_span > 1 and y + cell.row_span - 1 < #grid.head.rows and stringify(cell.contents) ~= "" then
        rules[#rules + 1] = string.format(
          "table.hline(y: %d, start: %d, end: %d, stroke: 0.4pt),", y + cell.row_span - 1, x, x + cell.col_span)
      end
      x = x + cell.col_span
    end
  end
  local columns = #grid.colspecs
  local changed
  text, changed = text:gsub("^#table%(%s*columns: [^\n]*\n", function()
    return string.format("#data-table(%d, columns => table(\n  columns: columns,\n  table.hline(y: 0, stroke: heavy),\n", columns)
  end, 1)
  if changed ~= 1 then refuse("this pandoc writes typst tables in an unknown form") end
  text = text:gsub("table%.header%(", function() return "table.header(" .. table.concat(rules, " ") end, 1)
  text = bind_groups(text:gsub("%)%s*$", "  table.hline(stroke: heavy),\n))"))
  return text
end
