/** The only module of node-forge that we load; the package's types describe it as a part of the whole. */
declare module 'node-forge/lib/asn1.js' {
  import type forge from 'node-forge';

  export type Asn1 = forge.asn1.Asn1;
  export type Type = forge.asn1.Type;
  const asn1: typeof forge.asn1;
  export default asn1;
}
