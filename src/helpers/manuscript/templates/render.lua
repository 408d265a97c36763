--[[ Writes one document in every format that `render.json` lists, from one reading of its Markdown:
`pandoc document.md --to render.lua`, with the tables from `tables.lua` on standard input. Prints
"made NAME" as soon as a format is there, so that what follows it can begin. ]]

local path = pandoc.path
local folder = path.directory(PANDOC_SCRIPT_FILE)
package.path = path.join({ folder, "?.lua" }) .. ";" .. package.path

local number = require("number")
local ties = require("ties")
local write = require("write")

local function slurp(name)
  local file = assert(io.open(name, "rb"))
  local text = file:read("a")
  file:close()
  return text
end

local function spill(name, text)
  local file = assert(io.open(name, "wb"))
  assert(file:write(text))
  assert(file:close())
end

local function is_conditional(div)
  return div.classes:includes("content-visible") or div.classes:includes("content-hidden")
end

local function is_visible(div, format)
  local match = div.attributes["when-format"] == format
  if div.attributes["unless-format"] then match = div.attributes["unless-format"] ~= format end
  return match == div.classes:includes("content-visible")
end

local function differs_by_format(doc)
  local found = false
  doc:walk({ Div = function(div) found = found or is_conditional(div) end })
  return found
end

local function as_seen_in(doc, format)
  return doc:walk({
    Div = function(div)
      if is_conditional(div) then return is_visible(div, format) and div.content or {} end
    end,
  })
end

local function numbered(doc, tables, cites)
  doc = number(doc, tables):walk(ties)
  return cites and pandoc.utils.citeproc(doc) or doc
end

local function options_of(target, given)
  local options = pandoc.WriterOptions(given)
  local text = target.template and slurp(target.template) or require(target.format).template()
  options.template = pandoc.template.compile(text, target.template)
  options.variables = target.variables or {}
  options.reference_doc = target.reference
  return options
end

-- The further lines of `tables.lua`: by number, the tables that are written already.
local function typst_tables()
  local texts, number = {}, 0
  for line in io.stdin:lines() do
    number = number + 1
    local text = pandoc.json.decode(line, false)
    if text ~= "" then texts[number] = text end
  end
  return texts
end

function Writer(doc, options)
  local job = pandoc.json.decode(slurp("render.json"), false)
  local tables = pandoc.read(io.stdin:read("l"), "json").blocks
  local shared
  if not differs_by_format(doc) then shared = numbered(doc, tables, job.cites) end
  for _, target in ipairs(job.targets) do
    local format = target.format
    local own = shared and shared:clone() or numbered(as_seen_in(doc, format), tables, job.cites)
    local formed = write(own, format, format == "typst" and typst_tables() or {})
    spill(target.output, pandoc.write(formed, target.writer, options_of(target, options)))
    io.stdout:write("made ", target.name, "\n")
    io.stdout:flush()
  end
  return ""
end
