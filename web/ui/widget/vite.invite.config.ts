// Invitations, loaded when the first one comes: dist/widget-invite.js.
import { defineConfig } from 'vite';
import { smaller } from './smaller.ts';

export default defineConfig({
  root: import.meta.dirname,
  plugins: [smaller],
  build: {
    outDir: '../dist',
    emptyOutDir: false,
    target: 'es2022',
    minify: true,
    lib: { entry: 'src/invite/index.ts', formats: ['es'], fileName: () => 'widget-invite.js' },
  },
});
