interface ChoiceInputProps {
  /** A field that `/choices` knows. */
  name: string
  id: string
  placeholder?: string
}

/**
 * A field for a project, an agent or a type of event, with its list of suggestions, which is searched
 * while a value is typed. Without a script the value itself has to be typed.
 */
export function ChoiceInput({ name, id, placeholder }: ChoiceInputProps) {
  const list = `choice-${name}s`
  return (
    <>
      <input
        id={id}
        name={name}
        list={list}
        placeholder={placeholder}
        autocomplete="off"
        spellcheck={false}
        hx-get={`/choices?field=${name}`}
        hx-trigger="focus, input changed delay:150ms"
        hx-target={`#${list}`}
        hx-sync="this:replace"
      />
      <datalist id={list} />
    </>
  )
}
