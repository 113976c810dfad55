// One classic script, readable by every page: dist/widget.js.
import { defineConfig } from 'vite';

export default defineConfig({
  root: import.meta.dirname,
  build: {
    outDir: '../dist',
    emptyOutDir: false,
    target: 'es2022',
    minify: true,
    lib: { entry: 'src/main.ts', formats: ['iife'], name: 'Warmline', fileName: () => 'widget.js' },
  },
});
