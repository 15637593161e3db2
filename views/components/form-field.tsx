import type { Child } from 'hono/jsx'

/** What is wrong with a form, and where. */
export interface FormFault {
  readonly field: string
  readonly message: string
}

interface FormFieldProps {
  name: string
  label: string
  fault: FormFault | null
  type?: 'text' | 'email' | 'password'
  value?: string
  autocomplete: string
  required?: boolean
  minlength?: number
  maxlength?: number
}

/** A field with its label, and beside it what was wrong with it. */
export function FormField({ label, fault, ...input }: FormFieldProps) {
  const isFaulty = fault?.field === input.name
  const id = `fault-${input.name}`
  return (
    <div class="field">
      <label class="field">
        {label}
        <input
          {...input}
          aria-invalid={isFaulty ? 'true' : undefined}
          aria-describedby={isFaulty ? id : undefined}
        />
      </label>
      {isFaulty ? <Fault id={id} message={fault.message} /> : null}
    </div>
  )
}

type NewPasswordProps = Pick<FormFieldProps, 'name' | 'label' | 'fault'>

export function NewPasswordField({ label, ...field }: NewPasswordProps) {
  return (
    <FormField
      {...field}
      label={`${label}, 12 characters or more`}
      type="password"
      minlength={12}
      maxlength={128}
      required
      autocomplete="new-password"
    />
  )
}

interface FormSelectProps {
  name: string
  label: string
  fault: FormFault | null
  options: readonly { readonly value: string; readonly label: string }[]
  chosen: string
}

export function FormSelect({ name, label, fault, options, chosen }: FormSelectProps) {
  const isFaulty = fault?.field === name
  const id = `fault-${name}`
  return (
    <div class="field">
      <label class="field">
        {label}
        <select name={name} aria-describedby={isFaulty ? id : undefined}>
          {options.map(({ value, label: text }) => (
            <option value={value} selected={value === chosen}>
              {text}
            </option>
          ))}
        </select>
      </label>
      {isFaulty ? <Fault id={id} message={fault.message} /> : null}
    </div>
  )
}

interface FieldGroupProps {
  /** The field that a fault of the group is about. */
  name: string
  legend: string
  fault: FormFault | null
  children?: Child
}

/** Choices that belong together. */
export function FieldGroup({ name, legend, fault, children }: FieldGroupProps) {
  const isFaulty = fault?.field === name
  const id = `fault-${name}`
  return (
    <fieldset class="field-group" aria-describedby={isFaulty ? id : undefined}>
      <legend>{legend}</legend>
      {children}
      {isFaulty ? <Fault id={id} message={fault.message} /> : null}
    </fieldset>
  )
}

interface ChoiceProps {
  type: 'checkbox' | 'radio'
  name: string
  value: string
  isChosen: boolean
  label: string
  hint?: string
}

export function Choice({ type, name, value, isChosen, label, hint }: ChoiceProps) {
  return (
    <label class="choice">
      <input type={type} name={name} value={value} checked={isChosen} />
      <span>
        <span dir="auto">{label}</span>
        {hint ? <span class="muted choice-hint">{hint}</span> : null}
      </span>
    </label>
  )
}

interface ChoiceGroupProps extends Pick<FieldGroupProps, 'name' | 'legend' | 'fault'> {
  type: 'checkbox' | 'radio'
  options: readonly { readonly value: string; readonly label: string; readonly hint: string }[]
  chosen: readonly string[]
}

/** Values of one field to choose from. */
export function ChoiceGroup({ type, options, chosen, ...group }: ChoiceGroupProps) {
  return (
    <FieldGroup {...group}>
      {options.map((option) => (
        <Choice
          type={type}
          name={group.name}
          {...option}
          isChosen={chosen.includes(option.value)}
        />
      ))}
    </FieldGroup>
  )
}

function Fault({ id, message }: { id: string; message: string }) {
  return (
    <p id={id} class="field-fault" role="alert">
      {message}.
    </p>
  )
}
