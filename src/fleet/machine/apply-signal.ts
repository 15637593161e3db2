import { cutText, endsInQuestion } from '../text'
import { askEnd, closeAsks, openAsk, REPORTED_ASK } from './asks'
import type { Change } from './change'
import { unlistedChildren } from './children'
import { decide } from './decisions'
import { isAsking, isTurnOpen } from './derive-state'
import { closeElicitation, noticeElicitation, openElicitation } from './elicitations'
import { BOUNDS } from './memory'
import { endSession, finishChild, startChild, startSession } from './session'
import type { Signal } from './signal'
import {
  endTool,
  forgetFailures,
  noticePermission,
  rememberFailure,
  requestPermission,
  settleAsks,
  startTool,
} from './tools'
import { closeTurn, continueTurn, finishTurn, openTurn } from './turn'

type Of<K extends Signal['kind']> = Extract<Signal, { kind: K }>

/** Changes an agent by what happened to it, one case for each kind of signal. */
export function applySignal(change: Change): void {
  const { signal } = change
  switch (signal.kind) {
    case 'session_started':
      startSession(change, signal.source)
      break
    case 'prompted':
      prompt(change, signal)
      break
    case 'progressed':
      continueTurn(change)
      settleAsks(change)
      break
    case 'observed':
      continueTurn(change)
      break
    case 'decided':
      decide(change, signal)
      break
    case 'tool_started':
      continueTurn(change)
      startTool(change, signal.tool, signal.asks)
      break
    case 'tool_finished':
      continueTurn(change)
      forgetFailures(change, signal.tool)
      endTool(change, signal.tool, 'answered')
      break
    case 'tool_failed':
      failTool(change, signal)
      break
    case 'tools_finished':
      continueTurn(change)
      for (const tool of signal.tools) endTool(change, tool, 'answered')
      break
    case 'permission_requested':
      permission(change, signal)
      break
    case 'permission_denied':
      endTool(change, signal.tool, 'denied')
      break
    case 'elicitation_opened':
      elicit(change, signal)
      break
    case 'elicitation_closed':
      answerElicitation(change, signal)
      break
    case 'notified':
      notice(change, signal)
      break
    case 'child_started':
      startChild(change)
      break
    case 'child_finished':
      finishChild(change, signal.message)
      break
    case 'turn_finished':
      stop(change, signal)
      break
    case 'turn_failed':
      fail(change, signal)
      break
    case 'turn_interrupted':
      closeTurn(change, 'interrupted', 'interrupted')
      break
    case 'compacting':
      change.memory.compacting = signal.on
      break
    case 'session_ended':
      endSession(change, signal.reason)
      break
    case 'state_reported':
      report(change, signal)
      break
    case 'noted':
    case 'logged':
      break
  }
}

function prompt(change: Change, { text, injected }: Of<'prompted'>): void {
  const { memory, context } = change
  const isAnswer = memory.mayWantAnswer || memory.asks.some((ask) => ask.kind !== 'elicitation')
  if (context.type === 'turn_detected') {
    change.own.actor = injected ? 'agent' : 'user'
    change.own.intent = injected ? 'progress' : isAnswer ? 'answer' : 'command'
  }
  const isKnown = context.promptId !== null && memory.turn?.promptId === context.promptId
  if (!(isKnown && isTurnOpen(memory))) openTurn(change, isAnswer ? 'answered' : 'prompted', false)
  if (injected) return
  memory.mayWantAnswer = false
  memory.lastPrompt = cutText(text, BOUNDS.text)
}

function failTool(change: Change, { tool, error, interrupted }: Of<'tool_failed'>): void {
  continueTurn(change)
  if (!interrupted) rememberFailure(change, tool, error)
  endTool(change, tool, 'failed')
}

function permission(change: Change, { tool, asks }: Of<'permission_requested'>): void {
  continueTurn(change)
  // Questions and plans come as a tool that asks by itself: the same ask once more.
  if (!requestPermission(change, tool, asks ?? 'permission')) {
    change.eventTypeOverride = 'hook_permission_request'
  }
}

function elicit(change: Change, { key, summary }: Of<'elicitation_opened'>): void {
  if (!openElicitation(change, key, summary)) change.eventTypeOverride = 'hook_elicitation'
}

function answerElicitation(change: Change, { key, how }: Of<'elicitation_closed'>): void {
  const ask = closeElicitation(change, key, how)
  if (change.context.type !== 'ask_closed') return
  if (!ask) {
    change.eventTypeOverride = 'hook_elicitation_result'
    return
  }
  // The report's own row is the end of the ask: not a second one.
  change.facts.pop()
  Object.assign(change.own, askEnd(ask, how))
}

function notice(change: Change, { type, message, toolNames }: Of<'notified'>): void {
  const { memory } = change
  if (type === 'permission_prompt' && !isAsking(memory)) {
    continueTurn(change)
    noticePermission(change, message, toolNames ?? [])
  }
  if (type === 'elicitation_dialog' || type === 'elicitation_url_dialog') {
    noticeElicitation(change, message)
  }
  if (type === 'elicitation_complete' || type === 'elicitation_response') {
    closeElicitation(change, null, 'answered')
  }
  // The input line is free, so the turn is over and no dialog is open: its Stop was lost, or Esc.
  if (type === 'idle_prompt') {
    if (isTurnOpen(memory)) closeTurn(change, 'interrupted', 'turn_ended')
    else closeAsks(change, memory.asks, 'turn_ended')
  }
}

function stop(change: Change, { message, background }: Of<'turn_finished'>): void {
  const { memory } = change
  finishTurn(change, 'complete')
  memory.background = (background ?? []).slice(0, BOUNDS.background).map((task) => ({
    id: task.id,
    type: task.type,
    description: cutText(task.description, 200),
  }))
  memory.mayWantAnswer = message !== null && endsInQuestion(message)
  if (message !== null) memory.lastMessage = cutText(message, BOUNDS.text)
  if (background === null || memory.isChild) return
  for (const key of unlistedChildren(memory)) {
    change.closeChildren.push(key)
    delete memory.children[key]
  }
}

function fail(change: Change, { error, details }: Of<'turn_failed'>): void {
  const { memory } = change
  finishTurn(change, 'errored')
  if (memory.turn) memory.turn.error = cutText(error, 200)
  memory.mayWantAnswer = false
  memory.lastMessage = cutText(details ?? error, BOUNDS.text)
}

function report(change: Change, { state, summary }: Of<'state_reported'>): void {
  const { memory, context } = change
  const wasEnded = memory.state === 'ended'
  memory.reported = state
  memory.reportedAt = context.at
  memory.seen = false
  if (summary !== '') memory.lastMessage = cutText(summary, BOUNDS.text)
  closeAsks(change, memory.asks, 'answered')
  if (state === 'awaiting_input') openAsk(change, reportedAsk(summary))
  if (state !== 'ended') return
  endSession(change, 'reported')
  if (wasEnded) return
  const data = { reason: 'reported' }
  change.facts.push({ type: 'session_ended', summary: 'Ended', data, turnId: null })
}

/** Without a row of its own: the program's own row says that it waits. */
function reportedAsk(summary: string) {
  const kind = 'question' as const
  return { key: REPORTED_ASK, kind, toolKey: null, toolName: null, summary, fromNotice: false }
}
