// Asking to be called and writing, loaded by the widget when it is near: dist/widget-asking.js.
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
    lib: { entry: 'src/asking/index.ts', formats: ['es'], fileName: () => 'widget-asking.js' },
  },
});
