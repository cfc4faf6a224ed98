"""The grader's viewers, played over HTTP or, in the laboratory, in process."""
