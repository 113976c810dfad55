// The proof of work, loaded by the widget when it is asked for one: dist/widget-proof.js.
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
    lib: { entry: 'src/proof.ts', formats: ['es'], fileName: () => 'widget-proof.js' },
  },
});
