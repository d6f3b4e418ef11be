// Reads vitest's JSON report and prints a one-line summary of all tests. Exits with 1 if a test failed or none ran.
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
// A test file that crashes before its first test counts no failed test in the report, so it is counted here.
const failed = report.numFailedTests === 0 && !report.success ? 1 : report.numFailedTests;
const tail = skipped > 0 ? `, ${skipped} skipped` : '';
console.log(`${report.numPassedTests} passed, ${failed} failed${tail}`);
process.exitCode = failed > 0 || report.numPassedTests === 0 ? 1 : 0;
