/** Loaded only when the traffic thread is gone. Importing `proxy/index.js` directly would make all of the proxy a part of the start of `wrap`. */
export { startProxy } from '../../proxy/index.js';
