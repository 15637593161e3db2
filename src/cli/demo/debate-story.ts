/** A demo debate: what is said in each phase, in order. */
export interface DebateStory {
  readonly title: string
  readonly sides: Readonly<Record<'pro' | 'con' | 'moderator', DebateSide>>
  readonly phases: readonly DebatePart[]
  /** What each side answers to an intervention. */
  readonly answers: Readonly<Record<string, string>>
}

interface DebateSide {
  readonly position: string
  /** Under which name it reports to the board. */
  readonly agent: string
}

interface DebatePart {
  readonly phase: string
  readonly turns: readonly (readonly [speaker: 'pro' | 'con' | 'moderator', content: string])[]
}

export const DEBATE: DebateStory = {
  title: 'Should the berth map work without a network?',
  sides: {
    pro: { position: 'It should: pilots use it where there is no signal.', agent: 'Ada' },
    con: { position: 'It should not: an old map is worse than none.', agent: 'Bruno' },
    moderator: { position: 'Keeps the order and sums up.', agent: 'Mo' },
  },
  phases: [
    {
      phase: 'phase_1_opening',
      turns: [
        ['moderator', 'Welcome. Each side opens with its main point.'],
        [
          'pro',
          'One berth in five is out of reach of the masts. A map that is blank there is no map.',
        ],
        [
          'con',
          'Berths change by the hour. Who trusts a copy from this morning rams a barge at noon.',
        ],
      ],
    },
    {
      phase: 'phase_2_constructive',
      turns: [
        [
          'pro',
          'Three facts:\n1. The outline of the quays changes once a year.\n2. The whole map is 4 MB.\n3. Pilots already carry screenshots, which are older than any copy of ours would be.',
        ],
        [
          'con',
          'What changes is what matters: who lies where, and how deep. Showing the quays and not the ships invites mistakes that nobody would make with a blank screen.',
        ],
      ],
    },
    {
      phase: 'phase_3_crossexam',
      turns: [
        ['con', 'How old may the copy be before you hide it?'],
        ['pro', 'Two hours for ships, a year for quays. The age stands beside each of them.'],
        ['pro', 'And what do your pilots do today without a signal?'],
        ['con', 'They call the harbour office. I admit that it takes ten minutes.'],
      ],
    },
    {
      phase: 'phase_4_rebuttal',
      turns: [
        [
          'con',
          'Then the office is the fallback, and it works. Every copy is code that can be wrong.',
        ],
        [
          'pro',
          'Ten minutes is 80 ship lengths at four knots. The copy can be wrong; the blank screen always is.',
        ],
      ],
    },
    {
      phase: 'phase_5_closing',
      turns: [
        ['pro', 'Quays offline, ships with their age, hidden after two hours. That is all we ask.'],
        ['con', 'Hide the ships as soon as the signal is gone, and we can agree on the quays.'],
      ],
    },
    {
      phase: 'phase_6_synthesis',
      turns: [
        [
          'moderator',
          'Both sides want the quays offline. They differ on how long ships may be shown: two hours or not at all. Try ten minutes, and count the calls to the office.',
        ],
      ],
    },
  ],
  answers: {
    pro: 'A fair point. We would measure it on one quay first, and take it back if it misleads anybody.',
    con: 'Noted. It does not change what an old map can do to a hull.',
    moderator: 'Thank you. I pass that on to both sides, and we take it into the closing.',
  },
}
