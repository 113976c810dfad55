import { expect, test } from 'vitest';
import { PageView } from '../src/lib/page_view.ts';

function frame(src = 'https://view.test/view?desktop=d') {
  const told: unknown[] = [];
  return { told, src, contentWindow: { postMessage: (message: unknown, origin: string) => told.push([message, origin]) } as unknown as Window };
}

test('what is to be shown is told once, and again to a view that has loaded anew', () => {
  const view = new PageView();
  view.show('https://view.test/view/aa?token=1');
  const first = frame();
  view.attach(first);
  view.show('https://view.test/view/aa?token=1');
  const show = [{ type: 'show', url: 'https://view.test/view/aa?token=1' }, 'https://view.test'];
  expect(first.told).toEqual([show]);
  view.show(null);
  expect(first.told).toEqual([show, [{ type: 'clear' }, 'https://view.test']]);
  const second = frame();
  view.attach(second);
  expect(second.told).toEqual([]);
});

test('a view without an origin is told nothing', () => {
  const view = new PageView();
  const broken = frame('about:blank');
  view.attach(broken);
  view.show('https://view.test/view/aa?token=1');
  expect(broken.told).toEqual([]);
});
