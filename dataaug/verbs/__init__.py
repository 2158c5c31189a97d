"""The verbs: pure generators over records. They open no file and know no backend by name."""
