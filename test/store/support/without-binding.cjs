// Preloaded into a child: native modules cannot be loaded, as after an installation for another Node.
require('node:module')._extensions['.node'] = (_module, file) => {
  throw Object.assign(new Error(`The module '${file}' was compiled against a different Node.js version`), {
    code: 'ERR_DLOPEN_FAILED',
  });
};
