// The picture of a number, loaded by the widget when one is shown: dist/widget-qr.js.
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
    lib: { entry: 'src/qr.ts', formats: ['es'], fileName: () => 'widget-qr.js' },
  },
});
