// One test run for the whole workspace; files that need a document ask for jsdom in their first line.
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['{shared,widget,desktop,pageview}/**/*.test.ts'],
    environment: 'node',
  },
});
