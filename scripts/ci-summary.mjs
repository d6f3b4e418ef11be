// Reads vitest's JSON report and prints the one line that sums up all tests; exits 1 where one failed or none ran.
import { readFileSync } from 'node:fs';

function readReport(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return {
      numPassedTests: 0,
      numFailedTests: 0,
      numPendingTests: 0,
      numTodoTests: 0,
      success: false,
    };
  }
}

const report = readReport(process.argv[2] ?? '.doubletime/tests.json');
const skipped = report.numPendingTests + report.numTodoTests;
// A test file that breaks before its first test has no failed test, but has failed all the same.
const failed = report.numFailedTests === 0 && !report.success ? 1 : report.numFailedTests;
const tail = skipped > 0 ? `, ${skipped} skipped` : '';
console.log(`${report.numPassedTests} passed, ${failed} failed${tail}`);
process.exitCode = failed > 0 || report.numPassedTests === 0 ? 1 : 0;
