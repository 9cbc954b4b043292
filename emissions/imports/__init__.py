"""Reading what people bring in files: CSV and XLSX to rows of typed cells, and what their columns mean.

    upload = read_upload(request.FILES["file"])
    columns = guess_columns(upload.header, upload.rows(), region="de")
    for row in upload.rows():
        moment = parse_moment(columns.cell(row, Field.DATE), columns.date_style)

`reading` takes a file, `normal_form` keeps its rows, `numbers` and `dates` read cells, `columns` says which
column is what, `template` is the file to begin with. Nothing here stores anything. Import from the modules:
the process that opens workbooks shares some of them and must not load the web application.
"""
