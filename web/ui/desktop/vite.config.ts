// The agents' desktop: dist/desktop, served at /desktop/. `npm run dev` talks to a switch on port 8080.
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vite';

const target = process.env.WARMLINE ?? 'http://127.0.0.1:8080';

export default defineConfig({
  root: import.meta.dirname,
  base: '/desktop/',
  plugins: [svelte()],
  build: { outDir: '../dist/desktop', emptyOutDir: true, target: 'es2022', modulePreload: { polyfill: false }, assetsInlineLimit: 0 },
  server: { proxy: { '/v1': { target, ws: true }, '/sip': { target, ws: true } } },
});
