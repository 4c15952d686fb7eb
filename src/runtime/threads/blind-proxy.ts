/** Loaded only when the traffic thread is gone. Loading `proxy/index.js` itself would put all of the proxy into the start of `wrap`. */
export { startProxy } from '../../proxy/index.js';
