// The chat, loaded by the widget when somebody chats: dist/widget-chat.js.
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
    lib: { entry: 'src/chat/pane.ts', formats: ['es'], fileName: () => 'widget-chat.js' },
  },
});
