// One classic script, readable by every page: dist/widget.js.
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
    lib: { entry: 'src/main.ts', formats: ['iife'], name: 'Warmline', fileName: () => 'widget.js' },
  },
});
