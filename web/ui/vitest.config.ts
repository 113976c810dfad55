// One test run for the whole workspace; files that need a document ask for jsdom in their first line.
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  // The desktop's parts are drawn as in a browser.
  plugins: [svelte({ configFile: './desktop/svelte.config.js' })],
  resolve: { conditions: ['browser'] },
  test: {
    include: ['{shared,widget,desktop,pageview}/**/*.test.ts'],
    environment: 'node',
  },
});
