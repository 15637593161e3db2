import fc from 'fast-check'
import MarkdownIt from 'markdown-it'
import { marked } from 'marked'
import { describe, expect, test } from 'vitest'
import type { EventRow } from '../log/event-row'
import type { Debate } from './debate'
import { markdownTranscript } from './transcript'

/** Two renderers that let HTML through and make links of all that looks like one. */
const RENDERERS = {
  'markdown-it': (text: string) => new MarkdownIt({ html: true, linkify: true }).render(text),
  marked: (text: string) => String(marked.parse(text, { gfm: true, async: false })),
}

const HOSTILE = [
  '[click](javascript:alert(1))',
  '![pixel](http://evil.example/pixel.png)',
  '[![both](http://evil.example/a.png)](http://evil.example)',
  '<script>alert(1)</script>',
  '<img src=x onerror=alert(1)>',
  '</blockquote><iframe src="//evil.example">',
  '<!-- a comment\nover two lines -->',
  '<http://evil.example>',
  '<a@evil.example>',
  'http://evil.example/path?a=b&c=d and https://evil.example.',
  'www.evil.example, evil.com, //evil.example, ftp://evil.example',
  'mail a@evil.example or mailto:a@evil.example',
  '[ref]\n\n[ref]: http://evil.example "title"',
  '[^1]\n\n[^1]: a footnote',
  '# heading\n## another\nsetext\n===\nand\n---',
  '- list\n+ list\n* list\n1. list\n2) list\n- [ ] task',
  '> quote\n>> in a quote',
  '```\nfence\n```\n~~~\nfence\n~~~',
  '    indented code\n\tand with a tab',
  '| a | b |\n|---|---|\n| [x](y) | `c` |',
  'a | b\n--|--\n1 | 2',
  '*em* **strong** _em_ __strong__ ~~gone~~ `code` ``co`de``',
  'snake_case_name and 2 * 3 * 4 and a_b_ c',
  '\\[x](http://evil.example) \\\\[y](z) ends with \\',
  '&lt;script&gt; &#60;b&#62; &amp; &copy; &colon; &lbrack;x&rbrack;(y)',
  '***\n---\n___\n- - -',
  'line one\r\nline two\rline three\u2028line four\u2029line five',
  '\n\nblank lines\n\n\n\naround\n\n',
  'trailing spaces   \nand a hard break\\\nof theirs',
  'Term\n: definition\n\n*[HTML]: abbreviation',
  '{{ site.secret }} {% include x %} $x^2$ $$y$$ ==mark== H~2~O :smile: #12',
  '<b title="\n\n># out\n">',
  'javascript:alert(1) data:text/html,x',
  '1986\\. A great year\n1986. Another',
  '\u00a0\u00a0[x](y) ',
]

describe.each(Object.entries(RENDERERS))('A transcript that %s renders', (_, render) => {
  test.each(HOSTILE)('shows %j as it was said, wherever it stands', async (text) => {
    expectInert(render(await transcriptOf(text)), text)
  })

  test('shows whatever was said', { timeout: 60_000 }, async () => {
    const pieces = fc.constantFrom(
      ...'\\`*_{}[]()<>#+-.!|~&:@/$^=\'"?%;,'.split(''),
      ...['\n', '\n\n', ' ', '    ', '\t', 'a', 'B', '1', '1.', 'http', 'https://', 'www.'],
      ...['evil.com', 'x@y.z', '](', '![', '&lt', '&#x3c;', '```', '---', '> ', '- ', 'é', '日本'],
    )
    const texts = fc.array(pieces, { minLength: 1, maxLength: 24 }).map((parts) => parts.join(''))
    await fc.assert(
      fc.asyncProperty(texts, async (text) => {
        expectInert(render(await transcriptOf(text)), text)
      }),
      { numRuns: 500 },
    )
  })
})

test('A transcript can be read without being rendered', async () => {
  const text = 'It costs $5, e.g. in snake_case (50%); 2 - 1 = 1.\nReally? Yes!'
  expect(await transcriptOf(text)).toContain(
    '> It costs \\$5, e\\.g. in snake_case (50%); 2 - 1 = 1.  \n> Really? Yes!\n',
  )
})

/** Only what the transcript itself is made of, and each text in full. */
function expectInert(html: string, text: string): void {
  const tags = [...html.matchAll(/<\/?([a-z][\w-]*)([^>]*)>/gi)]
  const own = ['h1', 'h2', 'h3', 'ul', 'li', 'p', 'blockquote', 'strong', 'em', 'br']
  for (const [tag, name, attributes] of tags) {
    expect(own, tag).toContain(name)
    expect(attributes?.replace('/', '').trim(), tag).toBe('')
  }
  const of = (name: string) => tags.filter(([tag]) => tag.startsWith(`<${name}`)).length
  expect(['h1', 'h2', 'h3', 'ul', 'li'].map(of)).toEqual([1, 2, 1, 1, 5])
  const shown = plain(decode(html.replace(/<[^>]*>/g, ' ')))
  const said = plain(text)
  // As a title, a position, a reason, an utterance, an intervention and an answer.
  const found = said === '' ? 6 : shown.split(said).length - 1
  expect(found, `${JSON.stringify(said)} in ${html}`).toBeGreaterThanOrEqual(6)
}

function plain(text: string): string {
  return text.replace(/\s+/g, ' ').trim()
}

function decode(html: string): string {
  return html.replace(
    /&(lt|gt|quot|amp|nbsp|#39);/g,
    (_, name: string) =>
      ({ lt: '<', gt: '>', quot: '"', amp: '&', nbsp: ' ', '#39': "'" })[name] ?? '',
  )
}

/** Of a debate in which this text stands wherever a text can. */
async function transcriptOf(text: string): Promise<string> {
  const at = new Date('2026-11-21T03:30:00.000Z')
  const side = { position: text, agentId: null }
  const debate = {
    id: '5e551011-0000-4000-8000-000000000000',
    title: text,
    status: 'complete',
    createdAt: at,
    sides: { pro: side, con: side, moderator: side },
  } as unknown as Debate
  const entry = (type: string, data: object) => ({ type, at, data }) as unknown as EventRow
  async function* entries() {
    yield entry('utterance', { number: 1, speaker: 'pro', content: text })
    yield entry('phase_transition', { phase: 'phase_2_constructive' })
    yield entry('intervention', { kind: 'question', directed_to: 'pro', content: text })
    yield entry('intervention_response', { speaker: 'pro', response: text })
    yield entry('pause', { reason: text })
    yield entry('complete', { utterance_count: 1 })
  }
  let whole = ''
  for await (const piece of markdownTranscript({ debate, now: at, entries: entries() })) {
    whole += piece
  }
  return whole
}
