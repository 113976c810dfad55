// What a forged snapshot may hold beyond a widget's: whatever takes its frame, or a frame in it, somewhere else.
// The frame has no powers and its policy stops requests, but browsers connect to a navigation's host before they ask the policy:
// the agent's address would be told to whomever the visitor likes.

const POLICY = "default-src 'none'; img-src data: blob:; style-src 'unsafe-inline'";

/** Whatever loads a document, names a host beforehand, or becomes markup that is not there yet. */
const MOVING = 'iframe,frame,frameset,object,embed,portal,fencedframe,link,base,meta[http-equiv],script,template,noembed,noframes,animate,set';

/** Parsing, writing and parsing again may make elements of text: as often as it takes, and no more for honest pages than once. */
const ROUNDS = 4;

/** The snapshot without them, under a policy of its own; null where it does not come to rest. */
export function harmless(text: string): string | null {
  let before = text;
  for (let round = 0; round < ROUNDS; round += 1) {
    const { page, changed } = cleaned(before);
    if (!changed) return before;
    before = page;
  }
  return null;
}

/** `changed` is false where the very text that was parsed holds nothing to take away. */
function cleaned(text: string): { page: string; changed: boolean } {
  const doc = new DOMParser().parseFromString(text, 'text/html');
  const first = doc.head.firstElementChild;
  const ours = first?.getAttribute('http-equiv') === 'Content-Security-Policy' && first.getAttribute('content') === POLICY ? first : null;
  let changed = ours === null;
  for (const element of doc.querySelectorAll(MOVING)) {
    if (element === ours) continue;
    element.remove();
    changed = true;
  }
  for (const element of doc.querySelectorAll('*')) {
    for (const { name, value } of [...element.attributes]) {
      if (!/(^|:)(href|action|formaction|ping)$/i.test(name) || value.startsWith('#') || isPicture(element, value)) continue;
      element.removeAttribute(name);
      changed = true;
    }
  }
  if (!ours) {
    const meta = doc.createElement('meta');
    meta.setAttribute('http-equiv', 'Content-Security-Policy');
    meta.setAttribute('content', POLICY);
    doc.head.prepend(meta);
  }
  const type = doc.doctype ? new XMLSerializer().serializeToString(doc.doctype) : '';
  return { page: type + doc.documentElement.outerHTML, changed };
}

function isPicture(element: Element, value: string): boolean {
  return element.localName === 'image' && value.startsWith('data:image/');
}
