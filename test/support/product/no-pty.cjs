/** A platform that node-pty has no native part for: `node --require no-pty.cjs`. */
const Module = require('node:module');

const resolve = Module._resolveFilename;
Module._resolveFilename = function (request, ...rest) {
  if (request.startsWith('@lydell/node-pty-')) throw new Error(`Cannot find module '${request}'`);
  return resolve.call(this, request, ...rest);
};
