// What a worker thread starts with: plain JavaScript that lets tsx read the TypeScript, where Node cannot by itself.
if (!process.features.typescript) {
  const { register } = await import('tsx/esm/api');
  register();
}
await import('./worker.ts');
