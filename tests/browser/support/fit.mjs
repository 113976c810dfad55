// Whether words fit their places: nothing of our own words is cut off, runs out of its button, or lies outside the window.

/** In the page: what does not fit, as text; `host` is an element whose shadow is looked at instead of the page. */
function unfit(host) {
  const top = host ? document.querySelector(host).shadowRoot : document.body;
  const found = [];
  const say = (what, element) => found.push(`${what}: <${element.tagName.toLowerCase()} class="${element.className}" data-testid="${element.dataset?.testid ?? ''}"> ${element.textContent.trim().slice(0, 60)}`);
  // Who listens only, and what is scrolled to be seen.
  const beside = (element) => element.closest('.sr,[aria-hidden=true],svg,iframe,option,select') !== null;
  const scrolled = (element) => {
    for (let at = element.parentElement; at; at = at.parentElement) {
      if (['auto', 'scroll'].includes(getComputedStyle(at).overflowX) && at.scrollWidth > at.clientWidth) return true;
    }
    return false;
  };
  /** Scrolled out of its place: not to be seen there. */
  const away = (element, x, y) => {
    for (let at = element.parentElement; at; at = at.parentElement) {
      const box = at.getBoundingClientRect();
      if (getComputedStyle(at).overflowY !== 'visible' && (x < box.left || x > box.right || y < box.top || y > box.bottom)) return true;
    }
    return false;
  };
  if (!host && document.documentElement.scrollWidth > innerWidth) found.push(`the page is ${document.documentElement.scrollWidth} wide`);
  for (const element of top.querySelectorAll('*')) {
    const texts = [...element.childNodes].filter((node) => node.nodeType === 3 && node.data.trim() !== '');
    // One pixel wide: for those who listen only.
    if (texts.length === 0 || beside(element) || element.clientWidth === 1 || !element.checkVisibility({ visibilityProperty: true, opacityProperty: true })) continue;
    const style = getComputedStyle(element);
    // People's names, pages and words may be long, and are shortened; ours only where all of it can be had (`title`).
    const theirs = element.matches('.cut[title]') || element.closest('[dir=auto],[data-testid=current-name],[data-testid=why],.title,.url') !== null;
    if (!theirs && style.overflowX !== 'visible' && element.scrollWidth > element.clientWidth + 1) say('cut off', element);
    if (!theirs && style.overflowY === 'hidden' && element.scrollHeight > element.clientHeight + 3) say('cut off below', element);
    if (theirs && style.overflowX === 'hidden' && element.scrollWidth > element.clientWidth + 1 && element.clientWidth < 56) say(`squeezed to ${element.clientWidth} px`, element);
    const frame = element.closest('button,a,label,td,th,dialog,.pill,.chip') ?? element;
    const box = frame.getBoundingClientRect();
    for (const text of texts) {
      const range = document.createRange();
      range.selectNodeContents(text);
      for (const line of range.getClientRects()) {
        if (line.width === 0) continue;
        if (style.overflowX === 'visible' && (line.right > box.right + 1 || line.left < box.left - 1)) say('runs out of its place', element);
        const middle = (line.top + line.bottom) / 2;
        // What is pointed through is never what lies under the pointer.
        for (const x of style.overflowX === 'visible' && style.pointerEvents !== 'none' ? [line.left + 1, line.right - 1] : []) {
          const hit = (host ? top : document).elementFromPoint(x, middle);
          // What opens over the page is meant to lie over it.
          const meant = !hit || hit.contains(element) || frame.contains(hit) || hit.closest('dialog,[role=dialog],[role=menu],[data-testid=alert-pop],.notice,thead') !== null;
          if (!meant && !away(element, x, middle)) say(`covered by "${hit.textContent.trim().slice(0, 20)}"`, element);
        }
        if ((line.right > innerWidth + 1 || line.left < -1) && !scrolled(element)) say('outside the window', element);
      }
    }
  }
  return [...new Set(found)];
}

/** What does not fit there, a line each; `host`: of the widget, whose words are in its shadow. */
export async function misfits(tab, where, host = null) {
  const session = await tab.context.newCDPSession(tab.page);
  // Not Playwright's evaluate, as with sound: the desktop's policy forbids `eval`.
  const { result, exceptionDetails } = await session.send('Runtime.evaluate', { expression: `(${unfit})(${JSON.stringify(host)})`, returnByValue: true });
  await session.detach();
  if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
  return result.value.map((line) => `${where}: ${line}`);
}
