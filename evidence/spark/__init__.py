"""`evidence screen --engine`: the stages of a screening as tasks of Apache Spark, for one city or a state of them.

Addresses, plates, rates and answers of a city are one task each, by the very functions of the local run. Linking
persons, the longest stage, is spread over all tasks by block, chunk of pairs and component, whatever the size of a
city. Imported only where an engine is asked for: `pyspark` is an extra. See docs/spark.md.
"""
