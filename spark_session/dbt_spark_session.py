"""Run dbt Python models in the Spark session that dbt-spark has open.

dbt-spark submits Python models to Databricks only. This module adds a `session`
submission method, and makes it the default of connections with `method:
session`: the compiled model runs on the driver, in the open session, be it
local, on a cluster or over Spark Connect. dbt imports every installed module
whose name begins with dbt_ when it starts, so that installing is enough. Drop it
when dbt-spark can do this itself.
"""

from dbt.adapters.base import PythonJobHelper


class SessionPythonJobHelper(PythonJobHelper):
    """Runs compiled Python models where the session is."""

    def __init__(self, parsed_model, credentials):
        """Keep the model's name, for tracebacks."""
        self.name = parsed_model["alias"]

    def submit(self, compiled_code):
        """Run a compiled model; what it raises, dbt reports."""
        from pyspark.sql import SparkSession

        session = SparkSession.active()
        namespace = {"spark": session, "__name__": "__main__"}
        exec(compile(compiled_code, self.name, "exec"), namespace)


def add_session_method(adapter):
    """Teach an adapter class the session method, beside those it has."""
    helpers = adapter.python_submission_helpers.fget
    default = adapter.default_python_submission_method.fget

    def with_session(self):
        return {**helpers(self), "session": SessionPythonJobHelper}

    def session_first(self):
        method = self.config.credentials.method
        return "session" if method == "session" else default(self)

    adapter.python_submission_helpers = property(with_session)
    adapter.default_python_submission_method = property(session_first)


try:
    from dbt.adapters.spark.impl import SparkAdapter
except ImportError:  # dbt without Spark: nothing to teach
    pass
else:
    add_session_method(SparkAdapter)
