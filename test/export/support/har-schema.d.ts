declare module 'har-schema' {
  const schemas: { har: { $id: string } } & Record<string, { $id: string }>;
  export default schemas;
}
