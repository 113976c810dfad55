// Views as a switch would send them, for the desktop's tests.
import type { AgentViews, ColleagueView, CurrentView, MeView } from '@warmline/shared/contract';

export const me: MeView = {
  firm: 'acme', agent: 'alice', display_name: 'Alice', state: 'ready', since: '2026-11-22T10:00:00Z', pending_not_ready: false, phone: true, station: 'browser',
  sip_user: 'alice', sip_password: 's', sip_ws: 'ws://x/sip', ice_servers: [], pageview_url: 'https://view.test/view?desktop=d', wrapup_ends: null, reason: null, reasons: ['Lunch'], wrapup_codes: ['Sale', 'Service'], queues: ['sales'], outbound: false, may_rate: true, may_edit: true, caller_ids: [], notice: null, supervisor: false, pools: [], warm_line: [],
};

export const current: CurrentView = {
  reservation: 'rsv_1', call: null, state: 'claimed', since: '2026-11-22T10:00:00Z', asked_at: '2026-11-22T10:00:00Z', claim_ends: null, channel: 'phone', confidence: 'exact',
  page: { url: 'https://shop.test/printers/42', title: 'Printer 42' }, snapshot: 'aa', snapshot_url: 'https://view.test/view/aa?token=1',
  contact: { id: null, name: '', numbers: [], e164: [], notes: '', priority: 0, history: [] }, muted: false, held: false, consult: null, from: null, guest: false, code: null, auto_answer: false, dialing: null, dialed: null,
  held_since: null, phone: null, resume: null,
};

export const talking: CurrentView = { ...current, state: 'talking', call: 'cal_1' };

export const bob: ColleagueView = { agent: 'bob', display_name: 'Bob', state: 'ready', since: '2026-11-22T10:00:00Z', reason: null };

export const views: AgentViews = { me, current: null, waiting: [], stats: { waiting: 0, longest_secs: 0, agents_ready: 1, agents_in: 1, trunk_up: true }, colleagues: [], parked: [], chats: [] };
