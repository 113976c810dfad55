// The picture of a number, loaded by the widget when one is shown: dist/widget-qr.js.
import { defineConfig } from 'vite';

export default defineConfig({
  root: import.meta.dirname,
  build: {
    outDir: '../dist',
    emptyOutDir: false,
    target: 'es2022',
    minify: true,
    lib: { entry: 'src/qr.ts', formats: ['es'], fileName: () => 'widget-qr.js' },
  },
});
