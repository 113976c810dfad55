// What is typed about a contact, and what of it is another than what is kept. Pure.
import type { ContactCard, ContactChange } from '@warmline/shared/contract';
import { together } from './draft.ts';

export interface ContactDraft {
  name: string;
  company: string;
  email: string;
  language: string;
  notes: string;
  priority: number;
  /** E.164 of those that go. */
  removed: string[];
  /** As typed. */
  added: string[];
  attributes: { name: string; value: string }[];
}

const LINES = ['name', 'company', 'email', 'language', 'notes'] as const;

export function draftOf(card: ContactCard): ContactDraft {
  return {
    name: card.name, company: card.company, email: card.email ?? '', language: card.language ?? '', notes: card.notes, priority: card.priority,
    removed: [], added: [], attributes: Object.entries(card.attributes).map(([name, value]) => ({ name, value })),
  };
}

/** Only what differs; null: nothing does. */
export function changeOf(draft: ContactDraft, card: ContactCard): ContactChange | null {
  const kept = draftOf(card);
  const change: ContactChange = {};
  for (const field of LINES) if (draft[field].trim() !== kept[field].trim()) change[field] = draft[field];
  if (draft.priority !== kept.priority) change.priority = draft.priority;
  const add = draft.added.map((number) => number.trim()).filter(Boolean);
  const remove = draft.removed.filter((number) => card.e164.includes(number));
  if (add.length > 0 || remove.length > 0) change.numbers = { add, remove };
  const attributes: Record<string, string | null> = {};
  const typed = draft.attributes.map(({ name, value }) => ({ name: name.trim(), value: value.trim() })).filter(({ name, value }) => name || value);
  for (const { name, value } of typed) if (card.attributes[name] !== value) attributes[name] = value || null;
  for (const name of Object.keys(card.attributes)) if (!typed.some((row) => row.name === name)) attributes[name] = null;
  if (Object.keys(attributes).length > 0) change.attributes = attributes;
  return Object.keys(change).length > 0 ? change : null;
}

/** Name by name: those he changed, added or took away are his, of all others what is kept by now. */
function rebasedAttributes(draft: ContactDraft, before: ContactCard, now: ContactCard): ContactDraft['attributes'] {
  const has = (card: ContactCard, name: string): boolean => Object.hasOwn(card.attributes, name);
  const typed = new Set(draft.attributes.map(({ name }) => name.trim()));
  const rows = draft.attributes.flatMap((row) => {
    const name = row.name.trim();
    const touched = !has(before, name) || before.attributes[name]!.trim() !== row.value.trim();
    if (touched) return [row];
    return has(now, name) ? [{ name, value: now.attributes[name]! }] : [];
  });
  const others = Object.entries(now.attributes).filter(([name]) => !typed.has(name) && !has(before, name));
  return [...rows, ...others.map(([name, value]) => ({ name, value }))];
}

/** What was typed on what is kept by now: what was not touched is as somebody else has made it, and of notes that both have touched nothing is lost. */
export function rebased(draft: ContactDraft, before: ContactCard, now: ContactCard): ContactDraft {
  const [was, is] = [draftOf(before), draftOf(now)];
  const fields = Object.fromEntries(LINES.map((field) => [field, draft[field] === was[field] ? is[field] : draft[field]])) as Pick<ContactDraft, (typeof LINES)[number]>;
  return {
    ...draft, ...fields,
    notes: draft.notes !== was.notes && is.notes !== was.notes ? together(was.notes, draft.notes, is.notes) : fields.notes,
    priority: draft.priority === was.priority ? is.priority : draft.priority,
    removed: draft.removed.filter((number) => now.e164.includes(number)),
    attributes: rebasedAttributes(draft, before, now),
  };
}
