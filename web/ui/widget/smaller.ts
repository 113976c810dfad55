// What pages load is made smaller once more: the bundler's minifier renames and folds, this one finds what it leaves.
import { minify } from 'terser';
import type { Plugin } from 'vite';

export const smaller: Plugin = {
  name: 'smaller',
  async generateBundle(_options, bundle) {
    for (const part of Object.values(bundle)) {
      if (part.type !== 'chunk') continue;
      const { code } = await minify(part.code, { ecma: 2020, module: part.exports.length > 0, compress: { passes: 3 } });
      part.code = code ?? part.code;
    }
  },
};
