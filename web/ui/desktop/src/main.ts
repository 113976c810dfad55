// The agents' desktop.
import { mount } from 'svelte';
import App from './App.svelte';
import { Desk } from './lib/desk.svelte.ts';
import { keepFocus, watchPointer } from './lib/focus.ts';
import './style.css';

const audio = document.createElement('audio');
audio.autoplay = true;
document.body.append(audio);

watchPointer(document.documentElement);
// Where he is looking at visitors or outbound work, there; else the call in hand, and without one what an agent does first.
keepFocus(document.body, '[data-testid=visitors-area] [aria-pressed=true]', '[data-testid=outbound-area] [aria-pressed=true]', '[data-testid=current]', '[data-testid=ready-toggle]', '[data-testid=login-oidc]');
const desk = new Desk(audio);
const target = document.getElementById('app');
if (target) mount(App, { target, props: { desk } });
void desk.begin();
