// Finds a Chromium for the report's tests, or on Debian as root installs Debian's. Exit code as of container-needs.mjs.
import { conclude, hasCommand, install, whyNotInstall } from './debian.mjs';

conclude('the browser tests', ensureBrowser(), process.env.PITCHPOLE_REQUIRE_BROWSER === '1');

function ensureBrowser() {
  if (hasCommand('chromium')) return undefined;
  const forbidden = whyNotInstall();
  if (forbidden !== undefined) return `there is no \`chromium\`, and it may not be installed: ${forbidden}`;
  const failure = install('chromium');
  return failure === undefined ? undefined : `chromium could not be installed (${failure})`;
}
