import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { type Bom, type BundledPackage, shippedComponents } from '../../scripts/sbom/shipped-components.js';

const ROOT = new URL('../../', import.meta.url);

const forDevelopment = [{ name: 'cdx:npm:package:development', value: 'true' }];

/** `ours` installs `native`, which needs `bindings`; `kit` and its part `core` are bundled, `linter` is neither. */
const EVERYTHING: Bom = {
  metadata: { component: { 'bom-ref': 'ours@1.0.0', name: 'a-folder' }, lifecycles: [{ phase: 'pre-build' }] },
  components: [
    { 'bom-ref': 'native@1.0.0', scope: 'required', properties: [] },
    { 'bom-ref': 'bindings@1.0.0', scope: 'required', properties: [] },
    { 'bom-ref': 'kit@2.0.0', scope: 'optional', properties: forDevelopment },
    { 'bom-ref': 'core@2.0.0', scope: 'optional', properties: forDevelopment },
    { 'bom-ref': 'core@1.0.0', scope: 'optional', properties: forDevelopment },
    { 'bom-ref': 'linter@3.0.0', scope: 'optional', properties: forDevelopment },
  ],
  dependencies: [
    { ref: 'ours@1.0.0', dependsOn: ['native@1.0.0', 'kit@2.0.0', 'linter@3.0.0'] },
    { ref: 'native@1.0.0', dependsOn: ['bindings@1.0.0'] },
    { ref: 'bindings@1.0.0' },
    { ref: 'kit@2.0.0', dependsOn: ['core@2.0.0'] },
    { ref: 'core@2.0.0', dependsOn: [] },
    { ref: 'core@1.0.0', dependsOn: [] },
    { ref: 'linter@3.0.0', dependsOn: ['core@1.0.0'] },
  ],
};
const BUNDLED = [
  { name: 'kit', version: '2.0.0' },
  { name: 'core', version: '2.0.0' },
];

describe('the bill of materials', () => {
  it('has installed and bundled packages, and no development tools', () => {
    const { components, dependencies, metadata } = shippedComponents(EVERYTHING, 'ours', BUNDLED);
    const bundled = { scope: 'required', properties: [{ name: 'cdx:npm:package:bundled', value: 'true' }] };
    expect(components).toEqual([
      { 'bom-ref': 'native@1.0.0', scope: 'required', properties: [] },
      { 'bom-ref': 'bindings@1.0.0', scope: 'required', properties: [] },
      { 'bom-ref': 'kit@2.0.0', ...bundled },
      { 'bom-ref': 'core@2.0.0', ...bundled },
    ]);
    expect(dependencies).toEqual([
      { ref: 'ours@1.0.0', dependsOn: ['native@1.0.0', 'kit@2.0.0', 'core@2.0.0'] },
      { ref: 'native@1.0.0', dependsOn: ['bindings@1.0.0'] },
      { ref: 'bindings@1.0.0', dependsOn: [] },
      { ref: 'kit@2.0.0', dependsOn: ['core@2.0.0'] },
      { ref: 'core@2.0.0', dependsOn: [] },
    ]);
    expect(metadata).toMatchObject({ component: { name: 'ours' }, lifecycles: [{ phase: 'build' }] });
  });

  it('is refused if a bundled package is not the one in the lock file', () => {
    expect(() => shippedComponents(EVERYTHING, 'ours', [{ name: 'kit', version: '2.0.1' }])).toThrow(
      'bundled, but not in package-lock.json: kit@2.0.1',
    );
  });

  it('can be made from the build', () => {
    const tsx = fileURLToPath(new URL('node_modules/.bin/tsx', ROOT));
    const script = fileURLToPath(new URL('scripts/sbom/main.ts', ROOT));
    const bom: Bom = JSON.parse(execFileSync(tsx, [script], { maxBuffer: 64 * 1024 * 1024 }).toString());
    const refs = bom.components.map((component) => component['bom-ref']);
    const listed: BundledPackage[] = JSON.parse(readFileSync(new URL('dist/bundled-packages.json', ROOT), 'utf8'));
    expect(refs).toEqual(expect.arrayContaining(listed.map(({ name, version }) => `${name}@${version}`)));
    const { dependencies, devDependencies } = JSON.parse(readFileSync(new URL('package.json', ROOT), 'utf8'));
    const names = refs.map((ref) => ref.slice(0, ref.lastIndexOf('@')));
    expect(names).toEqual(expect.arrayContaining(Object.keys(dependencies)));
    expect(names).not.toContain('vitest');
    expect(Object.keys(devDependencies)).toContain('vitest');
  });
});
