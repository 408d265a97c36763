-- Floats as pandoc's own tables and figures, which DOCX and JATS take; captions stand inside.

local native = {}

function native.picture(image)
  image.caption = pandoc.Inlines({ pandoc.Str(native.alternative(image)) })
  return image
end

-- Takes the alternative text off a picture, where the source or the notebook has left it.
function native.alternative(image)
  local attributes = image.attributes
  local alt = attributes["fig-alt"] or attributes["alt"] or pandoc.utils.stringify(image.caption)
  attributes["fig-alt"], attributes["alt"] = nil, nil
  return alt
end

-- The caption stands in the first table.
function native.table_float(id, blocks, caption)
  for _, block in ipairs(blocks) do
    if block.t == "Table" then
      block.caption = pandoc.Caption({ pandoc.Plain(caption) })
      block.identifier = id
      caption = pandoc.Inlines({})
    end
  end
  return blocks
end

function native.figure(id, blocks, caption)
  return pandoc.Blocks({ pandoc.Figure(blocks, pandoc.Caption({ pandoc.Plain(caption) }), { id = id }) })
end

function native.panel(id, parts, caption)
  local blocks = pandoc.Blocks({})
  for _, part in ipairs(parts) do blocks:extend(native.figure(part.id, part.blocks, part.caption)) end
  blocks:insert(pandoc.Div({ pandoc.Para(caption) }, { ["custom-style"] = "Image Caption" }))
  return pandoc.Div(blocks, { id = id })
end

return native
