/**
 * `{n}` in a text is the number of the call, because an agent that does the same thing again and
 * again is stuck.
 */
export const CALL_NUMBER = '{n}'

/** One hook of a demo session: what to post, and how long after the one before. */
export interface Step {
  readonly afterMs: number
  readonly event: string
  readonly fields?: Readonly<Record<string, unknown>>
}

export interface DemoAgent {
  readonly project: string
  readonly title: string
  readonly model: string
  /** What it does once; where it stays is where the last step leaves it. */
  readonly opening: readonly Step[]
  /** What it does again and again after that; empty where it stays as it is. */
  readonly loop: readonly Step[]
}

const prompt = (text: string): Step => ({
  afterMs: 300,
  event: 'UserPromptSubmit',
  fields: { prompt: text },
})
const bash = (command: string, afterMs = 900): Step[] => [
  { afterMs, event: 'PreToolUse', fields: { tool_name: 'Bash', tool_input: { command } } },
  { afterMs: 1_800, event: 'PostToolUse', fields: { tool_name: 'Bash', tool_input: { command } } },
]
const edit = (file_path: string, afterMs = 700): Step[] => [
  { afterMs, event: 'PreToolUse', fields: { tool_name: 'Edit', tool_input: { file_path } } },
  { afterMs: 500, event: 'PostToolUse', fields: { tool_name: 'Edit', tool_input: { file_path } } },
]
const read = (file_path: string, afterMs = 600): Step[] => [
  { afterMs, event: 'PreToolUse', fields: { tool_name: 'Read', tool_input: { file_path } } },
  { afterMs: 400, event: 'PostToolUse', fields: { tool_name: 'Read', tool_input: { file_path } } },
]
const running = (tool_name: string, tool_input: object): Step => ({
  afterMs: 700,
  event: 'PreToolUse',
  fields: { tool_name, tool_input },
})
const stop = (last_assistant_message: string, background_tasks: object[] = []): Step => ({
  afterMs: 800,
  event: 'Stop',
  fields: { last_assistant_message, background_tasks },
})

/** Twelve agents in four projects, every state among them. */
export const STORY: readonly DemoAgent[] = [
  {
    project: 'harbour-web',
    title: 'Berth map: keyboard control',
    model: 'claude-opus-5',
    opening: [prompt('Make the berth map work by keyboard'), ...read('src/map/berths.tsx')],
    loop: [
      ...edit('src/map/berths.tsx'),
      ...bash('npm test -- berths'),
      ...edit('src/map/focus.ts'),
      ...bash('npm run lint'),
    ],
  },
  {
    project: 'harbour-web',
    title: 'Release 4.2',
    model: 'claude-opus-5',
    opening: [
      prompt('Tag and push release 4.2'),
      ...bash('npm version 4.2.0'),
      running('Bash', { command: 'git push origin v4.2.0' }),
      {
        afterMs: 300,
        event: 'PermissionRequest',
        fields: { tool_name: 'Bash', tool_input: { command: 'git push origin v4.2.0' } },
      },
    ],
    loop: [],
  },
  {
    project: 'harbour-web',
    title: 'Why is the tide banner blank?',
    model: 'claude-sonnet-5',
    opening: [
      prompt('Why is the tide banner blank on Mondays?'),
      ...bash('grep -rn tideBanner src'),
      stop(
        'The banner reads a cache that is emptied on Sunday night; the fix is in tide-cache.ts.',
      ),
    ],
    loop: [],
  },
  {
    project: 'tide-service',
    title: 'Harmonics in Rust',
    model: 'claude-opus-5',
    opening: [prompt('Port the harmonic sums to Rust and compare the results')],
    loop: [
      ...edit('crates/harmonics/src/lib.rs'),
      ...bash('cargo test -p harmonics'),
      ...read('docs/constituents.md'),
      ...bash('cargo bench --bench sums'),
    ],
  },
  {
    project: 'tide-service',
    title: 'Load test of the station API',
    model: 'claude-sonnet-5',
    opening: [
      prompt('Load-test the station API and write down what breaks first'),
      {
        afterMs: 600,
        event: 'StopFailure',
        fields: { error: 'overloaded', error_details: '529 Unavailable' },
      },
    ],
    loop: [],
  },
  {
    project: 'tide-service',
    title: 'Nightly import',
    model: 'claude-sonnet-5',
    opening: [
      prompt('Run the nightly import for last week'),
      ...bash('make import WEEK=46 &'),
      stop('The import runs in the background; I will look at it when it ends.', [
        { id: 'import-46', type: 'shell', status: 'running', description: 'make import WEEK=46' },
      ]),
    ],
    loop: [],
  },
  {
    project: 'crane-firmware',
    title: 'Slew brake timing',
    model: 'claude-opus-5',
    opening: [
      prompt('Find why the slew brake releases 40 ms late'),
      ...[1, 2, 3].flatMap((): Step[] => [
        running('Bash', { command: 'make flash && ./hil/run slew_brake' }),
        {
          afterMs: 900,
          event: 'PostToolUseFailure',
          fields: {
            tool_name: 'Bash',
            tool_input: { command: 'make flash && ./hil/run slew_brake' },
            error: 'Exit code 2: no board on /dev/ttyACM0',
          },
        },
      ]),
    ],
    loop: [],
  },
  {
    project: 'crane-firmware',
    title: 'Which CAN library?',
    model: 'claude-opus-5',
    opening: [
      prompt('Choose a CAN library and move the drivers to it'),
      running('AskUserQuestion', {
        questions: [
          {
            question: 'Keep the old driver as a fallback for one release?',
            options: [{ label: 'Yes' }, { label: 'No' }],
          },
        ],
      }),
    ],
    loop: [],
  },
  {
    project: 'crane-firmware',
    title: 'Notes for the handbook',
    model: 'claude-haiku-5',
    opening: [],
    loop: [],
  },
  {
    project: 'customs-forms',
    title: 'Form 27: three subagents',
    model: 'claude-opus-5',
    opening: [
      prompt('Compare form 27 in all three countries; one subagent each'),
      ...['Norway', 'Iceland', 'Faroe Islands'].map(
        (country, index): Step => ({
          afterMs: 400,
          event: 'SubagentStart',
          fields: { agent_id: `country-${index}`, agent_type: country },
        }),
      ),
    ],
    loop: ['0', '1', '2'].flatMap((index) => [
      {
        afterMs: 1_100,
        event: 'PreToolUse',
        fields: {
          agent_id: `country-${index}`,
          tool_name: 'WebFetch',
          tool_input: { url: `https://example.org/form-27/${index}/page-${CALL_NUMBER}` },
        },
      },
      {
        afterMs: 900,
        event: 'PostToolUse',
        fields: {
          agent_id: `country-${index}`,
          tool_name: 'WebFetch',
          tool_input: { url: `https://example.org/form-27/${index}/page-${CALL_NUMBER}` },
        },
      },
    ]),
  },
  {
    project: 'customs-forms',
    title: 'Validate the exporter’s numbers',
    model: 'claude-sonnet-5',
    opening: [
      prompt('Write the check digits of exporters’ numbers'),
      ...edit('src/check-digit.ts'),
      stop('Done: 14 tests pass.'),
      { afterMs: 900, event: 'SessionEnd', fields: { reason: 'prompt_input_exit' } },
    ],
    loop: [],
  },
  {
    project: 'customs-forms',
    title: 'Translate the help texts',
    model: 'claude-haiku-5',
    opening: [prompt('Translate the help texts into Danish')],
    loop: [
      { afterMs: 2_500, event: 'UserPromptSubmit', fields: { prompt: 'And the next chapter' } },
      ...edit('help/da.po', 1_500),
      ...bash('msgfmt --check help/da.po'),
      stop('Chapter done. Shall I go on?'),
    ],
  },
]
