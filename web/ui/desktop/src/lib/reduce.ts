// Views from the stream into what the desktop holds. Pure: the same notices give the same desktop.
import type { AgentNotice, AgentViews, ColleaguesChange, ColleagueView, CurrentView, DesktopMessage, WaitingChange, WaitingView } from '@warmline/shared/contract';

/** Replaces the view a notice brings, or what of it has changed; anything else leaves the views as they are. */
export function applyNotice(views: AgentViews, notice: AgentNotice): AgentViews {
  if (notice.type === 'change' && notice.view === 'colleagues') return { ...views, colleagues: changeColleagues(views.colleagues, notice.data) };
  if (notice.type === 'change' && notice.view === 'waiting') return { ...views, waiting: changeWaiting(views.waiting, notice.data) };
  if (notice.type !== 'view') return views;
  switch (notice.view) {
    case 'me':
      return { ...views, me: notice.data };
    case 'current':
      return { ...views, current: keepAddress(views.current, notice.data) };
    case 'waiting':
      return { ...views, waiting: notice.data };
    case 'scheduled':
      return { ...views, scheduled: notice.data };
    case 'stats':
      return { ...views, stats: notice.data };
    case 'colleagues':
      return { ...views, colleagues: notice.data };
    case 'parked':
      return { ...views, parked: notice.data };
    case 'chats':
      return { ...views, chats: notice.data };
    case 'visitors':
      return { ...views, visitors: notice.data };
    case 'alerts':
      return { ...views, alerts: notice.data };
    case 'messages':
      return { ...views, messages: notice.data };
    default:
      return views;
  }
}

/** Rows by log-in name, in the order of a whole list: by shown name. The same news twice changes nothing. */
export function changeColleagues(rows: ColleagueView[], change: ColleaguesChange): ColleagueView[] {
  const news = new Set([...change.gone, ...change.set.map((row) => row.agent)]);
  const order = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
  return [...rows.filter((row) => !news.has(row.agent)), ...change.set].sort((a, b) => order(a.display_name, b.display_name) || order(a.agent, b.agent));
}

/** Rows by rank, which is their order. The same news twice changes nothing. */
export function changeWaiting(rows: WaitingView[], change: WaitingChange): WaitingView[] {
  const news = new Set([...change.gone, ...change.set.map((row) => row.rank)].map(String));
  const order = (a: WaitingView, b: WaitingView): number => a.rank.map((part, index) => part - b.rank[index]!).find((apart) => apart !== 0) ?? 0;
  return [...rows.filter((row) => !news.has(String(row.rank))), ...change.set].sort(order);
}

/** The same snapshot keeps its first address: a fresh token would load the page anew under the agent's eyes. */
export function keepAddress(before: CurrentView | null, now: CurrentView | null): CurrentView | null {
  if (!now?.snapshot || !before?.snapshot_url || before.snapshot !== now.snapshot || before.reservation !== now.reservation) return now;
  return { ...now, snapshot_url: before.snapshot_url };
}

/** One call, or one claim, from another: what was typed for one is not for the next. */
export function callKey(current: CurrentView | null): string | null {
  return current ? (current.reservation ?? current.call ?? '') : null;
}

/** What a probe is answered, at once and from what is known. */
export function probeAnswer(
  probe: { id: string; reservation: string | null; snapshot: string | null },
  seen: { reservation: string | null; drawn: string | null; hidden: boolean; microphone: boolean },
): DesktopMessage {
  const same = probe.reservation === null || probe.reservation === seen.reservation;
  return { type: 'probe_answer', probe: probe.id, drawn: same ? seen.drawn : null, hidden: seen.hidden, microphone: seen.microphone };
}

export interface FrameMessage {
  type: 'drawn' | 'failed';
  snapshot?: string;
  reason?: string;
}

/** A page view's word, if it comes from the page view's origin and is about the snapshot that is shown. */
export function frameMessage(event: { origin: string; data: unknown }, url: string, snapshot: string): FrameMessage | null {
  if (event.origin !== originOf(url)) return null;
  const data = event.data as FrameMessage | null;
  if (typeof data !== 'object' || data === null) return null;
  if (data.type === 'drawn' && data.snapshot === snapshot) return { type: 'drawn', snapshot };
  if (data.type === 'failed') return { type: 'failed', reason: String(data.reason) };
  return null;
}

export function originOf(url: string): string | null {
  try {
    const { origin } = new URL(url);
    return origin === 'null' ? null : origin;
  } catch {
    return null;
  }
}

/** Whether an INVITE asks to be answered by the phone itself (Call-Info `answer-after=0`, RFC 5373's older cousin). */
export function asksAutoAnswer(callInfo: string[], alertInfo: string[]): boolean {
  return (
    callInfo.some((value) => /;\s*answer-after\s*=\s*0\b/i.test(value)) ||
    alertInfo.some((value) => /alert-autoanswer|auto[- ]?answer/i.test(value))
  );
}
